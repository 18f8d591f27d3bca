import { isJsonObject, type Json } from "../../core/json.js";
import { append } from "./active-run.js";
import { bare } from "./bare.js";
import { incident } from "./incident.js";
import { Raised } from "./raised.js";
import type { Output } from "./ready.js";
import type { Frame } from "./frame.js";
import { openScope } from "./scope.js";
import type { Path } from "../../core/run-id.js";
import type { ToolRequest } from "./tool-request.js";

/** What became of a write whose outcome was hidden. `again`: an operator says to try it once more. */
export type Settled = { readonly is: "applied"; readonly output: Json } | { readonly is: "not_applied" | "skipped" | "again" };

/** How the verifying read is called: `callTool`, given by it. */
export type Ask = (frame: Frame, path: Path, request: ToolRequest) => Promise<Output>;

/** I20, of the attempt `number`, one of this process where `isNew`, and before any `catch`: nothing cancels it, for it is what a cancellation waits for. */
export async function settle(outer: Frame, path: Path, request: ToolRequest, mode: "verify" | "fail", { number, isNew }: { readonly number: number; readonly isNew: boolean }, ask: Ask): Promise<Settled> {
  const frame: Frame = { ...outer, scope: openScope(null) };
  const { tool } = request;
  if (mode === "fail") return byOperator(frame, path, isNew, `whether \`${tool.name}\` was applied is unknown after attempt ${number}`);
  const { verify } = tool;
  if (verify === null) return byOperator(frame, path, isNew, `\`${tool.name}\` has no \`verify\``);
  const reader = frame.run.ready.tool(verify.tool);
  let answer: Output;
  try {
    const input = verify.with(bare({ input: request.input, key: request.key, run: frame.env.run }));
    answer = await ask(frame, `${path}?${number}`, { tool: reader, input, policy: request.policy, key: request.key, onUnknown: null, timeout: null, undo: null });
  } catch (thrown) {
    if (!(thrown instanceof Raised)) throw thrown;
    return byOperator(frame, path, isNew, `\`${verify.tool}\` could not tell whether \`${tool.name}\` was applied: ${thrown.message}`);
  }
  if (!isJsonObject(answer) || typeof answer.happened !== "boolean") return byOperator(frame, path, isNew, `\`${verify.tool}\` did not answer { happened }`);
  const { happened, output } = answer;
  append(frame.run, "step.verified", path, { applied: happened, ...(output === undefined ? {} : { output }) });
  return happened ? { is: "applied", output: output ?? null } : { is: "not_applied" };
}

async function byOperator(frame: Frame, path: Path, isNew: boolean, message: string): Promise<Settled> {
  const resolution = await incident(frame, path, "unknown", message, isNew);
  switch (resolution.action) {
    case "resolve":
      return { is: "applied", output: resolution.output };
    case "skip":
      return { is: "skipped" };
    case "retry":
      return { is: "again" };
  }
}

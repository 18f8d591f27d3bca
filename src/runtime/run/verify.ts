import { isJsonObject, type Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import type { Frame } from "./frame.js";
import { incident } from "./incident.js";
import { Raised } from "./raised.js";
import type { Output } from "./ready.js";
import type { ToolRequest } from "./tool-request.js";

type Ask = (frame: Frame, path: Path, request: ToolRequest) => Promise<Output>;

/** Asks the tool's `verify` whether the write happened: its output where it did, null where it did not. */
export async function verify(frame: Frame, path: Path, { tool, input, key, policy }: ToolRequest, number: number, ask: Ask): Promise<Json | null> {
  const asked = tool.verify;
  if (asked === null) return incident(frame, path, "unknown", `\`${tool.name}\` has no \`verify\``);
  const ready = frame.run.ready.tool(asked.tool);
  const question = asked.with(Object.assign(Object.create(null), { input, key, run: frame.env["run"] }));
  let answer;
  try {
    answer = await ask(frame, `${path}?${number}`, { tool: ready, input: question, policy, key, onUnknown: null });
  } catch (thrown) {
    if (!(thrown instanceof Raised)) throw thrown;
    return incident(frame, path, "unknown", `\`${asked.tool}\` could not tell whether \`${tool.name}\` was applied: ${thrown.message}`);
  }
  if (!isJsonObject(answer)) return incident(frame, path, "unknown", `\`${asked.tool}\` did not answer { happened }`);
  return answer["happened"] === true ? (answer["output"] ?? null) : null;
}

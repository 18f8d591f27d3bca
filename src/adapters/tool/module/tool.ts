import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import type { ToolPlan } from "../../../core/plan/flow-plan.js";
import type { Tool } from "../../../core/ports/tool.js";
import { ModuleFailure, WorkerEnded } from "./call.js";
import type { Failure } from "./protocol.js";
import type { ModuleWorkers } from "./workers.js";

export type ModuleToolPlan = Extract<ToolPlan, { kind: "module" }>;

interface ModuleToolOptions {
  readonly plan: ModuleToolPlan;
  /** Absolute path (`FlowPlan.binding.modules`). */
  readonly file: string;
  /** Shared by all module tools of the process, and closed by who opened them. */
  readonly workers: ModuleWorkers;
}

/**
 * An export of a TypeScript or JavaScript file as a tool: `(input, ctx) => output`. What it throws:
 * an error whose `code` is one of the tool's `errors`, or `refused`, or `rate_limit` (with `retryAfterMs`), says that
 * nothing was applied, and its `data` goes with it; anything else is `unavailable`, and unknown for a write (I20).
 */
export function openModuleTool({ plan, file, workers }: ModuleToolOptions): Tool {
  const outcome = plan.effect === "write" ? "unknown" : "not_applied";
  const name = `\`${plan.file}#${plan.export}\``;
  return {
    async code(expected) {
      const code = await workers.code(file);
      if (code === expected) return code;
      await workers.refresh(file);
      return workers.code(file);
    },
    async call({ input, key, code, signal, log }) {
      signal.throwIfAborted();
      try {
        return await workers.run(file, { name: plan.export, code: code ?? (await workers.code(file)), input, key, signal, log });
      } catch (error) {
        if (error instanceof WorkerEnded) throw new StepError("unavailable", `${name} ${error.began ? "was ended" : "was never begun"}: ${error.message}`, { outcome: error.began ? outcome : "not_applied", cause: error });
        if (!(error instanceof ModuleFailure)) throw error;
        // What it says by a code of its own is an answer; anything else is looked for in its code.
        if (error.failure.how === "threw" && error.failure.stack !== undefined && !isSaid(error.failure.code, plan)) log(error.failure.stack);
        throw stepError(error.failure, plan, name);
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** One of the tool's `errors`, or of those that every tool may answer with. */
const isSaid = (code: string | undefined, { errors }: ModuleToolPlan): code is string => code !== undefined && (Object.hasOwn(errors, code) || code === "refused" || code === "rate_limit");

const CODES = { not_json: "invalid_output", too_long: "limit", not_loaded: "refused" } as const;

function stepError(failure: Failure, plan: ModuleToolPlan, name: string): StepError {
  const outcome = plan.effect === "write" ? "unknown" : "not_applied";
  const { how, message } = failure;
  if (how !== "threw") return new StepError(CODES[how], `${name}: ${message}`, { outcome: how === "not_loaded" ? "not_applied" : outcome });
  const { code, data, retryAfterMs } = failure;
  const said = `${name} failed: ${message}`;
  if (!isSaid(code, plan)) return new StepError("unavailable", said, { outcome });
  const parsed: { data?: Json } = data === undefined ? {} : { data: JSON.parse(data) };
  return new StepError(code, said, { ...parsed, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

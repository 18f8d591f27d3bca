import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import type { ToolPlan } from "../../../core/plan/flow-plan.js";
import type { Tool } from "../../../core/ports/tool.js";
import type { Ending } from "./protocol.js";
import { WorkerEnded, type ModuleWorkers } from "./workers.js";

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
  const unknown = plan.effect === "write" ? "unknown" : "not_applied";
  const name = `\`${plan.file}#${plan.export}\``;
  return {
    async call({ input, key, signal, timeoutMs, log }) {
      signal.throwIfAborted();
      const limit = timeLimit(signal, timeoutMs, () => new StepError("timeout", `${name} did not end within ${timeoutMs} ms`, { outcome: unknown }));
      try {
        const ending = await workers.run(file, { export: plan.export, input, key }, { signal: limit.signal, log });
        if (ending.how === "threw" && ending.stack !== undefined) log(ending.stack);
        return output(ending, plan, name);
      } catch (error) {
        if (error instanceof WorkerEnded) throw new StepError("unavailable", `${name} was ended: ${error.message}`, { outcome: unknown, cause: error });
        throw error;
      } finally {
        limit.clear();
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function output(ending: Ending, plan: ModuleToolPlan, name: string): Json {
  const unknown = plan.effect === "write" ? "unknown" : "not_applied";
  if (ending.how === "threw") throw thrown(ending, plan, name);
  if (ending.how === "not_loaded") throw new StepError("refused", `${name}: ${ending.message}`);
  if (ending.how === "not_json") throw new StepError("invalid_output", `${name}: ${ending.message}`, { outcome: unknown });
  if (ending.json.length > MOST_CHARACTERS) throw new StepError("limit", `${name} returned more than ${MOST_CHARACTERS / 1024 / 1024} MB`, { outcome: unknown });
  const value: Json = JSON.parse(ending.json);
  return value;
}

/** As for http tools. */
const MOST_CHARACTERS = 5 * 1024 * 1024;

function thrown({ message, code, json, retryAfterMs }: Ending & { readonly how: "threw" }, plan: ModuleToolPlan, name: string): StepError {
  const said = `${name} failed: ${message}`;
  const data: { data?: Json } = json === undefined ? {} : { data: JSON.parse(json) };
  const isOwn = code !== undefined && Object.hasOwn(plan.errors, code);
  if (code !== undefined && (isOwn || code === "refused" || code === "rate_limit")) {
    return new StepError(code, said, { ...data, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }
  return new StepError("unavailable", said, { outcome: plan.effect === "write" ? "unknown" : "not_applied" });
}

/** The call's signal, or an own one after `timeoutMs`, whichever is first. */
function timeLimit(signal: AbortSignal, timeoutMs: number | null, reason: () => StepError): { readonly signal: AbortSignal; clear(): void } {
  if (timeoutMs === null) return { signal, clear: () => undefined };
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => own.abort(reason()), timeoutMs);
  return {
    signal: own.signal,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}

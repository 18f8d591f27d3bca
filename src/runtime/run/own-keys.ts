import { StepError } from "../../core/errors.js";
import type { Path } from "../../core/run-id.js";
import type { ActiveRun } from "./active-run.js";
import type { PathHistory } from "./history.js";
import type { ToolEnd } from "./try-tool.js";

/** With which input each key of this run was sent, as its hash: those that steps say themselves are seen more than once (I10). */
export type OwnKeys = Map<string, string>;

/** A call that begins: the same key with another input is none of that effect. A key under which nothing was applied is free again. */
export async function underKey(run: ActiveRun, key: string, inHash: string, call: () => Promise<ToolEnd>): Promise<ToolEnd> {
  run.ownKeys ??= keysOf(run.past);
  const { ownKeys } = run;
  const known = ownKeys.get(key);
  if (known === inHash) return call();
  if (known !== undefined) throw new StepError("conflict", "its `key` was used in this run with another input");
  ownKeys.set(key, inHash);
  let used = false;
  try {
    const end = await call();
    used = "raised" in end ? end.raised.unknown : "output" in end;
    return end;
  } finally {
    if (!used) ownKeys.delete(key);
  }
}

function keysOf(past: ReadonlyMap<Path, PathHistory> | null): OwnKeys {
  const keys: OwnKeys = new Map();
  for (const { events } of past?.values() ?? []) {
    let own: string | undefined;
    for (const { type, data } of events) {
      if (type === "step.started" && data.key !== undefined && !keys.has(data.key)) keys.set((own = data.key), data.inHash);
      else if (own !== undefined && (type === "step.failed" ? data.retryAt === undefined && data.outcome === "not_applied" : type === "step.cancelled" || type === "step.skipped")) keys.delete(own);
    }
  }
  return keys;
}

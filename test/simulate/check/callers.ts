import type { RunEvent } from "../../../src/core/event.js";
import { ASKED } from "../generate/flow.js";
import type { Remains } from "../simulate.js";

/** A key is one run, whoever asks and however often, and each answer is how its run ended (I4, I17). */
export function* checkCallers({ callers, events, flows, profile }: Remains): Generator<string> {
  if (!flows.some(({ plan }) => plan.id === ASKED && plan.class === "J")) return yield* alike(callers.told);
  const runs = new Map<string | null, string[]>();
  for (const [run, [admitted]] of events) {
    if (admitted?.type !== "run.admitted" || admitted.data.origin?.kind !== "http" || admitted.data.fork !== undefined) continue;
    const { key } = admitted.data.origin;
    runs.set(key, [...(runs.get(key) ?? []), run]);
  }
  for (const [key, list] of runs) if (list.length > (key === null ? (callers.sent.get(key) ?? 0) : 1)) yield `${key === null ? "requests without a key are" : `the key ${key} is`} ${list.length} runs: ${list.join(" ")} (I17)`;
  for (const { key, run, status, body } of callers.told) {
    // Its run was removed, with its answer.
    if (profile.prunes > 0 && (status === 410 || status === 404)) continue;
    if (key !== null && runs.get(key)?.includes(run) !== true) yield `the request ${key} was answered by ${run}, which is not its run (I17)`;
    const ends = (events.get(run) ?? []).filter((event): event is RunEvent & { type: "run.finished" } => event.type === "run.finished");
    if (!ends.some(({ data }) => (data.status === "completed" ? status === 200 && JSON.stringify(data.output ?? null) === JSON.stringify(body) : status >= 400))) yield `${run} was answered ${status} ${JSON.stringify(body)}, and its journal has no such end (I4)`;
  }
}

/** A pure flow keeps nothing, and says the same each time. */
function* alike(told: Remains["callers"]["told"]): Generator<string> {
  const first = new Map<string, string>();
  for (const { key, run, status, body } of told) {
    if (key === null) continue;
    const said = JSON.stringify([run, status, body]);
    if ((first.get(key) ?? said) !== said) yield `the request ${key} was answered ${first.get(key)} and then ${said} (I17)`;
    first.set(key, said);
  }
}

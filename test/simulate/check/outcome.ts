import type { RunEvent } from "../../../src/core/event.js";
import { type Remains, simulate } from "../simulate.js";

/**
 * A run ends as it does in the same world without faults, or its journal holds why it does not: a fault that the flow sees,
 * a time limit, a race that a join decides, a person. Crashes, zombies, lost replies, what the store and the bus do, what
 * comes twice, early or late, and being parked are no reason.
 */
export async function outcomeProblems({ seed, events, profile, subject }: Remains): Promise<readonly string[]> {
  // What one run reads another one has put.
  if (subject.generated.rows) return [];
  const calm = await simulate(seed, { calm: true });
  if (calm === null) return [];
  const problems: string[] = [];
  for (const [run, list] of events) {
    const other = calm.events.get(run);
    // What another run has started it with has its reasons there; and of requests without a key the first one is another one.
    if (other === undefined || isAgents(list) || isExcused(list, other) || versionOf(list) !== versionOf(other) || JSON.stringify(inputOf(list)) !== JSON.stringify(inputOf(other))) continue;
    const [end, without] = [endOf(list), endOf(other)];
    if (end !== without) problems.push(`${run}: ends as ${end}, and without faults as ${without} (${JSON.stringify(profile.crashes)})`);
  }
  return problems;
}

/** Of an agent on a queue, whose value is what a model said, also where that was garbled. */
const isAgents = (list: readonly RunEvent[]): boolean => list.some((event) => event.type === "run.admitted" && event.data.parent?.queue !== undefined) && list.some(({ type }) => type === "model.started");

const versionOf = ([admitted]: readonly RunEvent[]): string | null => (admitted?.type === "run.admitted" ? admitted.data.hash : null);
const inputOf = ([admitted]: readonly RunEvent[]): unknown => (admitted?.type === "run.admitted" ? admitted.data.input : null);

function endOf(list: readonly RunEvent[]): string {
  const end = list.findLast(({ type }) => type === "run.finished");
  if (end?.type !== "run.finished") return "open";
  const { status, output, error } = end.data;
  return JSON.stringify({ status, output, code: error?.code, step: error?.step });
}

const isExcused = (...lists: readonly (readonly RunEvent[])[]): boolean => {
  const [asked, before] = lists.map((list) => list.filter(({ type }) => type === "model.started").length);
  return asked !== before || lists.some((list) => list.some((event) => isReason(event, list)));
};

/** Codes of the flow itself: the same every time. */
const OWN: ReadonlySet<string> = new Set(["own", "exhausted", "expr"]);

function isReason(event: RunEvent, list: readonly RunEvent[]): boolean {
  switch (event.type) {
    // A tool said no, or nobody knows what it did; a time was over; not as many came to an end as are needed.
    case "step.failed":
      return event.data.retryAt === undefined && !OWN.has(causeOf(event.data.error));
    case "model.failed":
    // What a worker met is in the journal of its run.
    case "step.dispatched":
    case "run.cancel_requested":
    case "run.reopened":
    case "step.cancelled":
      return true;
    // Which came first.
    case "step.decided":
      return ["join", "timeout", "block", "agent", "limit", "budget"].includes(event.data.what);
    case "timer.fired":
      return list.some((one) => one.type === "wait.opened" && one.path === event.path && one.data.kind !== "timer");
    case "incident.resolved":
      return event.data.action === "skip";
    default:
      return false;
  }
}

function causeOf({ code, cause }: { readonly code: string; readonly cause?: { readonly code: string } }): string {
  return code === "compensated" && cause !== undefined ? cause.code : code;
}

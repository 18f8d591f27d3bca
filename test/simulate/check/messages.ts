import type { RunEvent } from "../../../src/core/event.js";
import { isJsonObject } from "../../../src/core/json.js";
import { CORRELATION, REPLY_ERROR } from "../../../src/runtime/request/reply.js";
import { ANSWERING, DEDUPE_MS } from "../generate/flow.js";
import { ANSWERS, ASKING } from "../generate/tools.js";
import type { Remains } from "../simulate.js";
import type { Sent } from "../world/sender.js";

/** Acknowledged = ended + dead letters, each message once by what makes it itself (I17, I22). */
export function* checkMessages(remains: Remains): Generator<string> {
  const { sent, subject, events, published, letters, flows } = remains;
  const { trigger, chained } = subject.generated;
  const runs = new Map<string, string[]>();
  for (const [run, [admitted]] of events) {
    if (admitted?.type !== "run.admitted" || admitted.data.flow !== "f") continue;
    if (admitted.data.redrive !== undefined || admitted.data.parent !== undefined || admitted.data.fork !== undefined) continue;
    const { source, input } = admitted.data;
    const m = input !== null && typeof input === "object" && "m" in input ? String(input["m"]) : "";
    const is = trigger.dedupe ? `key ${m}` : source?.id.includes("/") === true ? `at ${source.id}` : `id ${source?.id ?? ""}`;
    runs.set(is, [...(runs.get(is) ?? []), run]);
  }
  for (const [is, list] of runs) if (list.some((run, nth) => nth > 0 && !(trigger.dedupe && isPast(events, list[nth - 1], run)))) yield `${is} is ${list.length} runs: ${list.join(" ")} (I17)`;
  const wanted = expected(sent, trigger);
  if (isJournaled(remains, "f")) {
    if (runs.size !== wanted) yield `${runs.size} runs of ${wanted} messages (I17)`;
  } else if (subject.generated.pure) {
    const ids = new Set(published.flatMap(({ topic, id }) => (topic === "out" && !id.includes("!undo") ? [id] : [])));
    if (ids.size < wanted) yield `${ids.size} messages emitted, ${wanted} expected (class P)`;
  }
  yield* poison(remains);

  const bodies = new Map<string, string>();
  for (const { id, topic, body: sent } of published) {
    const body = String(sent);
    // A task is a row of the outbox that no event tells of; requests and answers are looked at below.
    if (topic === "in.dlq" || topic.startsWith("flowctl.") || topic === ASKING || topic === ANSWERS) continue;
    if ((bodies.get(id) ?? body) !== body) yield `the message ${id} was published with two bodies (I22)`;
    bodies.set(id, body);
  }
  const journaled = new Set<string>();
  for (const list of events.values()) {
    for (const event of list) {
      // What a fork has taken over is of its first run.
      if (event.type !== "message.emitted" || !event.data.id.startsWith(event.run)) continue;
      if (journaled.has(event.data.id)) yield `the message ${event.data.id} is emitted twice (I22)`;
      journaled.add(event.data.id);
      if (!bodies.has(event.data.id) && !letters.includes(event.data.id)) yield `the message ${event.data.id} was emitted and not published (I22)`;
    }
  }
  // What nobody has recorded was published by nobody: pure flows have no journal.
  const known = new Set(events.keys());
  for (const id of bodies.keys()) if (known.has(id.slice(0, id.indexOf("/"))) && !journaled.has(id) && !id.includes("dlq")) yield `the message ${id} was published before it was durable (I4)`;
  for (const [run, list] of events) for (const event of list) if (event.type === "step.completed" && isJsonObject(event.data.output) && typeof event.data.output["run"] === "string" && !known.has(event.data.output["run"])) yield `${run}: ${event.path} has started a run that is not there (I25)`;
  yield* answers(remains);
  if (chained !== null) {
    const read = new Set(published.flatMap(({ topic, id }) => (topic === "out" ? [id] : [])));
    const done = new Set(published.flatMap(({ topic, id }) => (topic === "end" ? [id.slice(0, id.indexOf("/"))] : [])));
    if (flows.some(({ plan }) => plan.id === "g") && chained === "pure" && done.size !== read.size) yield `${done.size} messages of \`g\` from ${read.size} of \`out\``;
    const admitted = [...events.values()].filter((list) => isOf(list, "g") && !isAnother(list)).length;
    if (chained === "journaled" && admitted !== read.size) yield `${admitted} runs of \`g\` from ${read.size} messages of \`out\` (I17)`;
  }
}

/** A request is one run of who answers it, however often it is sent, and has one answer, which is how that ended (I4, I17). */
function* answers({ events, published, subject, letters }: Remains): Generator<string> {
  const asked = new Set(published.flatMap(({ topic, headers }) => (topic === ASKING ? [headers[CORRELATION] ?? ""] : [])));
  // One that failed and goes on has another end.
  const ends = new Map([...events].flatMap(([run, list]) => (isOf(list, ANSWERING) && !isAnother(list) ? [[run, list.filter((event) => event.type === "run.finished")] as const] : [])));
  if (subject.next.length === 0 && ends.size !== asked.size) yield `${ends.size} runs of \`${ANSWERING}\` from ${asked.size} requests (I17)`;
  const given = published.filter(({ topic }) => topic === ANSWERS);
  for (const run of ends.keys()) if (!given.some(({ id }) => id === `${run}/reply`) && !letters.includes(`${run}/reply`)) yield `${run} has no answer (I22)`;
  for (const { id, headers, body } of given) {
    const own = ends.get(id.slice(0, id.indexOf("/")));
    if (own !== undefined && !own.some(({ data }) => (data.status === "completed" ? JSON.stringify(data.output) === body : headers[REPLY_ERROR] !== undefined))) yield `${id} answers ${String(body)}, and its run did not end so (I4)`;
  }
}

const admittedAt = (events: Remains["events"], run: string | undefined): number => events.get(run ?? "")?.[0]?.at ?? 0;

/** The key's time was over by then. */
const isPast = (events: Remains["events"], before: string | undefined, run: string): boolean => admittedAt(events, run) - admittedAt(events, before) >= DEDUPE_MS;

const isJournaled = ({ flows }: Remains, id: string): boolean => flows.some(({ plan }) => plan.id === id && plan.class === "J");

/** How many runs the messages come to. */
function expected(sent: readonly Sent[], { dedupe, where }: Remains["subject"]["generated"]["trigger"]): number {
  const good = sent.filter(({ body }) => body !== null && (!where || body.n >= 0));
  return new Set(good.map(({ body, id, message }) => (dedupe ? `key ${body?.m}` : id === null ? `one ${message.id}` : `id ${id}`))).size;
}

const isOf = ([admitted]: readonly RunEvent[], flow: string): boolean => admitted?.type === "run.admitted" && admitted.data.flow === flow;
/** Not of a message that comes for the first time. */
const isAnother = ([admitted]: readonly RunEvent[]): boolean => admitted?.type === "run.admitted" && (admitted.data.redrive !== undefined || admitted.data.fork !== undefined);

function* poison({ sent, letters, published, subject, person }: Remains): Generator<string> {
  const bad = sent.filter(({ body }) => body === null).length;
  if (bad === 0) return;
  const copies = new Set([...letters, ...person.redriven, ...published.flatMap(({ topic, id }) => (topic === "in.dlq" ? [id] : []))]);
  const distinct = new Set(sent.flatMap(({ body, id, message }) => (body === null ? [id ?? message.id] : []))).size;
  if (copies.size < distinct) yield `${copies.size} dead letters, ${distinct} messages that do not fit (${subject.generated.trigger.dedupe ? "dedupe" : "no dedupe"})`;
}

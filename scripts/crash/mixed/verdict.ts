import type { RunEvent } from "../../../src/core/event.js";
import { isJsonObject, type Json } from "../../../src/core/json.js";
import type { RunRow } from "../../../src/core/ports/store.js";
import { figure, type Figure, type Sent } from "../case.js";

/** What the database, the topics and the servers say when all is quiet. */
export interface Facts {
  readonly sent: readonly Sent[];
  readonly runs: readonly { readonly row: RunRow; readonly events: readonly RunEvent[] }[];
  /** By topic. */
  readonly messages: ReadonlyMap<string, readonly { readonly id: string; readonly body: Json }[]>;
  readonly counts: Counts;
}

/** What the ledger server counted. */
export interface Counts {
  readonly effects: Readonly<Record<string, number>>;
  readonly conflicts: number;
  readonly models: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** Each figure that is promised, and whether it holds. */
export function verdict(facts: Facts): Figure[] {
  return [...messagesIn(facts), ...effects(facts), ...modelCalls(facts), ...emits(facts), ...journals(facts)];
}

/** Source topic → the flow that reads it. */
const FLOWS: Readonly<Record<string, string>> = { "support.inbox": "customer-support", orders: "payments", "high-risk": "planner", "redistribution-plans": "dispatch" };

function messagesIn({ sent, runs, messages }: Facts): Figure[] {
  const idsOf = (topic: string, is: Sent["is"]): Set<string> => new Set(sent.filter((one) => one.topic === topic && one.is === is).map(({ id }) => id));
  const figures: Figure[] = [total(sent, runs, messages)];
  const bodies = (topic: string): Set<string> => new Set((messages.get(topic) ?? []).map(({ body }) => textOf(body, "id")));
  // Pure: what passes `where` goes on, what breaks its schema is a dead letter, the rest is dropped.
  const alarms = bodies("high-risk");
  const wanted = idsOf("sales", "run");
  figures.push(figure("risk-detector: alarms of messages that hold one", `${alarms.size} of ${wanted.size}`, sameSet(alarms, wanted)));
  for (const topic of ["sales", "support.inbox", "orders"]) {
    const letters = lettersOf(messages, topic);
    const poison = idsOf(topic, "poison");
    figures.push(figure(`${topic}: dead letters of messages that fit no schema`, `${letters.size} of ${poison.size}`, sameSet(letters, poison)));
  }
  for (const [topic, flow] of Object.entries(FLOWS)) {
    const into = topic === "support.inbox" || topic === "orders" ? idsOf(topic, "run") : new Set((messages.get(topic) ?? []).map(({ id }) => id));
    const mine = runs.filter(({ row }) => row.flow === flow);
    const by = (status: string): number => mine.filter(({ row }) => (row.status ?? (row.waits.some(({ kind }) => kind === "incident") ? "incident" : "open")) === status).length;
    const [completed, failed, incidents] = [by("completed"), by("failed"), by("incident")];
    const value = `${into.size} in = ${completed} completed + ${failed} failed + ${incidents} incidents`;
    figures.push(figure(flow, value, into.size === completed + failed + incidents && mine.length === into.size));
  }
  return figures;
}

/** Of the topics that are fed from outside: each message once, however often it was sent. */
function total(sent: Facts["sent"], runs: Facts["runs"], messages: Facts["messages"]): Figure {
  const into = new Set(sent.map(({ topic, id }) => `${topic} ${id}`));
  const dropped = new Set(sent.filter(({ is }) => is === "filtered").map(({ id }) => id)).size;
  const first = runs.filter(({ row }) => row.flow === "customer-support" || row.flow === "payments");
  const pure = distinct(messages.get("high-risk"));
  const completed = pure + first.filter(({ row }) => row.status === "completed").length;
  const failed = first.filter(({ row }) => row.status === "failed").length;
  const incidents = first.filter(({ row }) => row.waits.some(({ kind }) => kind === "incident")).length;
  const dlq = ["sales", "support.inbox", "orders"].reduce((sum, topic) => sum + lettersOf(messages, topic).size, 0);
  return figure("messages in", `${into.size} = ${completed} completed + ${failed} failed + ${dlq} dlq + ${incidents} incidents + ${dropped} dropped by \`where\``, into.size === completed + failed + dlq + incidents + dropped);
}

/** What they are about: messages that no run was made of. */
const lettersOf = (messages: Facts["messages"], topic: string): Set<string> =>
  new Set((messages.get(dlqOf(topic)) ?? []).filter(({ body }) => !isJsonObject(body) || body["run"] === undefined).map(({ body }) => rawId(body)));

const dlqOf = (topic: string): string => (topic === "support.inbox" ? "support.dlq" : `${topic}.dlq`);

function effects({ counts, runs, messages }: Facts): Figure[] {
  const all = Object.entries(counts.effects);
  const most = (kind: string): number => all.reduce((max, [about, times]) => (about.startsWith(kind) ? Math.max(max, times) : max), 0);
  const number = (kind: string): number => all.filter(([about]) => about.startsWith(kind)).length;
  const completed = (flow: string): number => runs.filter(({ row }) => row.flow === flow && row.status === "completed").length;
  const tickets = (messages.get("support.replies") ?? []).filter(({ body }) => textOf(body, "kind") === "ticket");
  const paid = distinct(messages.get("paid"));
  return [
    figure("effects per key: dispatch", `${number("dispatch")}, at most ${most("dispatch")} each`, most("dispatch") <= 1 && number("dispatch") === completed("dispatch")),
    figure("effects per key: ticket", `${number("ticket")}, at most ${most("ticket")} each`, most("ticket") <= 1 && number("ticket") === distinct(tickets)),
    figure("effects per key: charge", `${number("charge")}, at most ${most("charge")} each`, most("charge") <= 1 && number("charge") >= paid * 3),
    figure("effects of a write without a key", `${number("stamp")}, at most ${most("stamp")} each`, most("stamp") <= 1),
    figure("another input under a key", String(counts.conflicts), counts.conflicts === 0),
  ];
}

const distinct = (messages: readonly { readonly id: string }[] = []): number => new Set(messages.map(({ id }) => id)).size;

/** A recorded answer is never asked for again; each intent is one request at most. */
function modelCalls({ runs, counts }: Facts): Figure[] {
  const intents = new Map<string, number>();
  let recorded = 0;
  let again = 0;
  for (const { events } of runs) {
    const done = new Set<string>();
    const about = questionOf(events);
    for (const { type, path = "" } of events) {
      if (type !== "model.started" && type !== "model.completed") continue;
      if (done.has(path)) again += 1;
      if (type === "model.started") intents.set(about(path), (intents.get(about(path)) ?? 0) + 1);
      else {
        recorded += 1;
        done.add(path);
      }
    }
  }
  const asked = Object.entries(counts.models);
  const unrecorded = asked.filter(([about, times]) => times > (intents.get(about) ?? 0));
  const requests = asked.reduce((sum, [, times]) => sum + times, 0);
  return [
    figure("model calls recorded", `${recorded}, made again: ${again}`, again === 0 && recorded > 0),
    figure("model calls", `${requests} requests for ${[...intents.values()].reduce((sum, times) => sum + times, 0)} intents, ${unrecorded.length} questions asked more often than intended`, requests >= recorded && unrecorded.length === 0),
  ];
}

/** What the model server calls a model call: the agent, what it is about, and how many answers went before. */
function questionOf(events: readonly RunEvent[]): (path: string) => string {
  const [first] = events;
  const id = first?.type === "run.admitted" ? textOf(first.data.input, "id") : "";
  return (path) => {
    const [step = "", call = ""] = path.split("~");
    const agent = step === "route" ? "router" : step === "plan" ? "planner" : "resolver";
    return `${agent} ${id} ${Number(call) - 1}`;
  };
}

function emits({ runs, messages }: Facts): Figure[] {
  const figures: Figure[] = [];
  const emitted = new Map<string, Set<string>>();
  for (const { events } of runs) {
    for (const event of events) {
      if (event.type !== "message.emitted") continue;
      const ids = emitted.get(event.data.topic) ?? new Set();
      emitted.set(event.data.topic, ids.add(event.data.id));
    }
  }
  for (const [topic, ids] of [...emitted].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const published = messages.get(topic) ?? [];
    const arrived = new Set(published.map(({ id }) => id));
    const bodies = new Set(published.map(({ id, body }) => `${id} ${JSON.stringify(body)}`));
    figures.push(figure(`emits on ${topic}`, `${ids.size} recorded, ${published.length} published, ${arrived.size} after dedupe by id`, sameSet(ids, arrived) && bodies.size === arrived.size));
  }
  return figures;
}

function journals({ runs }: Facts): Figure[] {
  const gaps = runs.filter(({ events }) => events.some(({ seq }, at) => seq !== at)).length;
  const ends = runs.filter(({ events }) => twiceEnded(events)).length;
  const open = runs.filter(({ row }) => row.status === null && row.waits.every(({ kind }) => kind !== "incident")).length;
  const events = runs.reduce((sum, run) => sum + run.events.length, 0);
  return [
    figure("journals", `${runs.length} runs, ${events} events, ${gaps} with gaps, ${ends} with two ends of a path`, gaps === 0 && ends === 0),
    figure("runs that nobody will wake", String(open), open === 0),
  ];
}

/** I9 */
function twiceEnded(events: readonly RunEvent[]): boolean {
  const ends = events.flatMap((event): string[] => {
    const last = event.type === "step.completed" || event.type === "step.skipped" || event.type === "step.cancelled" || event.type === "run.finished" || (event.type === "step.failed" && event.data.retryAt === undefined);
    return last ? [event.path ?? ""] : [];
  });
  return new Set(ends).size !== ends.length;
}

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size === b.size && a.isSubsetOf(b);
const textOf = (value: Json, name: string): string => (isJsonObject(value) ? String(value[name]) : "");

/** A dead letter keeps the message as it came. */
function rawId(letter: Json): string {
  const raw = textOf(letter, "raw");
  const message: Json = JSON.parse(raw);
  return textOf(message, "id");
}

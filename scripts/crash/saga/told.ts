import type { RunEvent } from "../../../src/core/event.js";
import type { RunRow } from "../../../src/core/ports/store.js";
import { type Ending, type Order, orderOf } from "./order.js";

/** What one run's journal says, in short: twenty thousand journals are too long to keep. */
export interface Told {
  readonly order: Order;
  readonly ending: Ending | "open";
  /** Effects in the order in which their undo was recorded as done. */
  readonly undone: readonly string[];
  /** The one whose undo has begun and is not recorded as done. */
  readonly undoing: string | null;
  /** The undo of the whole is the reverse of what was recorded as done and not undone before (I29). */
  readonly reverse: boolean;
  readonly recovered: boolean;
  readonly events: number;
  readonly gaps: boolean;
  readonly twiceEnded: boolean;
  /** By question: how often a model was about to be asked, and how often an answer was there and it was asked all the same. */
  readonly intents: ReadonlyMap<string, number>;
  readonly answers: number;
  readonly askedAgain: number;
  readonly emitted: readonly string[];
}

export function tell(row: RunRow, events: readonly RunEvent[]): Told {
  const [first] = events;
  if (first?.type !== "run.admitted") throw new Error(`run ${row.run} has no beginning`);
  const order = orderOf(first.data.input);
  return {
    order,
    ending: endingOf(row),
    undone: events.flatMap((event) => (event.type === "compensation.completed" ? [effectAt(event.data.of)] : [])),
    undoing: undoing(events),
    reverse: isReverse(events),
    recovered: events.some(({ type }) => type === "run.owned"),
    events: events.length,
    gaps: events.some(({ seq }, at) => seq !== at),
    twiceEnded: twiceEnded(events),
    ...models(order, events),
    emitted: events.flatMap((event) => (event.type === "message.emitted" ? [event.data.id] : [])),
  };
}

function endingOf({ status, waits }: RunRow): Told["ending"] {
  if (status !== null) return status === "resolved" ? "open" : status;
  if (waits.some(({ kind }) => kind === "incident")) return "incident";
  return waits.length > 0 ? "parked" : "open";
}

/** `fulfil/picked[2]/pick` → `picked/2`: what the ledger calls the effect of a step. */
function effectAt(path: string): string {
  const step = path.split("/");
  const item = /^fulfil\/picked\[(\d+)\]/.exec(path)?.[1];
  if (item !== undefined) return `picked/${item}`;
  const gift = /gifts~\d+\.(\d+)$/.exec(path)?.[1];
  if (gift !== undefined) return `gift/${gift}`;
  const name = step.at(-1) ?? "";
  return name === "north" || name === "south" ? `carrier/${name}` : name;
}

function undoing(events: readonly RunEvent[]): string | null {
  const last = events.findLast(({ type }) => type === "compensation.started" || type === "compensation.completed");
  return last?.type === "compensation.started" ? effectAt(last.data.of) : null;
}

function isReverse(events: readonly RunEvent[]): boolean {
  const done: string[] = [];
  const undone: string[] = [];
  let whole = false;
  for (const event of events) {
    if (event.type === "saga.compensating" && event.path === "fulfil") whole = true;
    if ((event.type === "step.completed" || event.type === "message.emitted") && event.data.undo !== undefined) done.push(event.path ?? "");
    if (event.type !== "compensation.completed") continue;
    if (whole) undone.push(event.data.of);
    else done.splice(done.indexOf(event.data.of), 1);
  }
  const reversed = done.toReversed();
  return whole ? undone.every((of, at) => of === reversed[at]) : undone.length === 0;
}

function models({ id }: Order, events: readonly RunEvent[]): Pick<Told, "intents" | "answers" | "askedAgain"> {
  const intents = new Map<string, number>();
  const answered = new Set<string>();
  let askedAgain = 0;
  for (const { type, path = "" } of events) {
    if (type === "model.completed") answered.add(path);
    if (type !== "model.started") continue;
    if (answered.has(path)) askedAgain += 1;
    const question = `${id} ${Number(path.split("~").at(-1)) - 1}`;
    intents.set(question, (intents.get(question) ?? 0) + 1);
  }
  return { intents, answers: answered.size, askedAgain };
}

/** I9 */
function twiceEnded(events: readonly RunEvent[]): boolean {
  const ends = events.flatMap((event): string[] => {
    const last = event.type === "step.completed" || event.type === "step.skipped" || event.type === "step.cancelled" || event.type === "run.finished" || (event.type === "step.failed" && event.data.retryAt === undefined);
    return last ? [event.path ?? ""] : [];
  });
  return new Set(ends).size !== ends.length;
}

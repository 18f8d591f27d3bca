import type { RunEvent } from "../../../core/event.js";
import type { RunId } from "../../../core/run-id.js";
import { layoutOf, layoutOfCode } from "./event-form.js";

/*
 * An entry's events as text: [form, base, event…], an event is [code, at − base, path or 0, fields, value…], where bit
 * n of `fields` says that the field in place n is there. Bit n + 16 says that its value is the output of an earlier
 * event, whose seq is in its place. Run and seq are the row's.
 */
const FORM = 1;
const REPEATED = 16;

/** Outputs by identity, and where they were stored: an input that repeats one need not be stored again. */
const stored = new WeakMap<object, { readonly run: RunId; readonly seq: number }>();

export function encodeEntry(events: readonly RunEvent[]): string {
  const base = events.every(({ at }) => Number.isSafeInteger(at)) ? (events[0]?.at ?? 0) : 0;
  const list: unknown[] = [FORM, base];
  for (const event of events) list.push(encodeEvent(event, base));
  return JSON.stringify(list);
}

function encodeEvent(event: RunEvent, base: number): readonly unknown[] {
  const { code, fields } = layoutOf(event.type);
  const data = fieldsOf(event.data);
  const row: unknown[] = [code, event.at - base, event.path ?? 0, 0];
  let there = 0;
  for (let place = 0; place < fields.length; place += 1) {
    const value = data[fields[place] ?? ""];
    if (value === undefined) continue;
    const from = event.type === "step.started" && isObject(value) ? stored.get(value) : undefined;
    const repeated = from !== undefined && from.run === event.run && from.seq < event.seq;
    there |= 1 << (repeated ? place + REPEATED : place);
    row.push(repeated ? from.seq : value);
  }
  row[3] = there;
  if (event.type === "step.completed" && isObject(event.data.output)) stored.set(event.data.output, { run: event.run, seq: event.seq });
  return row;
}

/** `outputOf` gives the output of an earlier event of the run. */
export async function decodeEntry(text: string, run: RunId, firstSeq: number, outputOf: (seq: number) => Promise<unknown>): Promise<readonly RunEvent[]> {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || list[0] !== FORM || typeof list[1] !== "number") throw new Error(`the journal of run ${run} holds an entry of an unknown form at ${firstSeq}`);
  const [, base, ...rows]: readonly unknown[] = list;
  const events: RunEvent[] = [];
  const earlier = async (seq: number): Promise<unknown> => (seq < firstSeq ? outputOf(seq) : outputIn(events[seq - firstSeq]));
  for (const [index, row] of rows.entries()) events.push(await decodeEvent(row, run, firstSeq + index, Number(base), earlier));
  return events;
}

export const outputIn = (event: RunEvent | undefined): unknown => (event?.type === "step.completed" ? event.data.output : undefined);

async function decodeEvent(row: unknown, run: RunId, seq: number, base: number, outputOf: (seq: number) => Promise<unknown>): Promise<RunEvent> {
  if (!Array.isArray(row)) throw new Error(`the journal of run ${run} holds no event at ${seq}`);
  const [code, at, path, there, ...values]: readonly unknown[] = row;
  const { type, fields } = layoutOfCode(code);
  const data: Record<string, unknown> = {};
  let next = 0;
  for (const [place, name] of fields.entries()) {
    if ((Number(there) & (1 << (place + REPEATED))) !== 0) data[name] = await outputOf(Number(values[next++]));
    else if ((Number(there) & (1 << place)) !== 0) data[name] = values[next++];
  }
  const event = { type, run, seq, at: base + Number(at), ...(typeof path === "string" ? { path } : {}), data };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this process or an earlier one made the text of such an event
  return event as unknown as RunEvent;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every event's data is an object of named fields
const fieldsOf = (data: RunEvent["data"]): Readonly<Record<string, unknown>> => data as Readonly<Record<string, unknown>>;

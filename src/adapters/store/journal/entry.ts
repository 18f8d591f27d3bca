import type { RunEvent } from "../../../core/event.js";
import { isJsonObject } from "../../../core/json.js";
import type { RunId } from "../../../core/run-id.js";
import { asBlob, LARGE, type Blobs } from "./blobs.js";
import { layoutOf, layoutOfCode } from "./event-form.js";

/*
 * An entry's events as text: [form, base, event…], an event is [code, at − base, path or 0, fields, value…], where bit
 * n of `fields` says that the field in place n is there. Bit n + 16 says that its value stands elsewhere: a number in
 * its place is the seq of an earlier event with that output, a text is the hash of a blob. Run and seq are the row's.
 */
const FORM = 1;
const REPEATED = 16;

/** Outputs that are durable, by identity: an input, a message or a result that repeats one is not stored again. */
export type DurableOutputs = Pick<WeakMap<object, { readonly run: RunId; readonly seq: number }>, "get" | "set">;

export function encodeEntry(events: readonly RunEvent[], durable: DurableOutputs, blobs: Blobs): string {
  let base = events[0]?.at ?? 0;
  for (const { at } of events) if (!Number.isSafeInteger(at)) base = 0;
  let text = `[${FORM},${base}`;
  // Of this entry: durable when what repeats them is.
  let own: DurableOutputs | null = null;
  for (const event of events) {
    text += `,${rowText(encodeEvent(event, base, own, durable), blobs)}`;
    const output = largeOutput(event);
    if (output !== null) (own ??= new Map()).set(output, { run: event.run, seq: event.seq });
  }
  return `${text}]`;
}

/** Few events hold anything large: most cost no second look. One by one, for the large ones of an entry may be more than a text can hold. */
function rowText(row: readonly unknown[], blobs: Blobs): string {
  const text = JSON.stringify(row);
  return text.length <= LARGE ? text : JSON.stringify(withBlobs(row, blobs));
}

function withBlobs([code, at, path, fields, ...values]: readonly unknown[], blobs: Blobs): readonly unknown[] {
  let there = Number(fields);
  let next = 0;
  for (let place = 0; place < REPEATED; place += 1) {
    const repeated = (there & (1 << (place + REPEATED))) !== 0;
    if (!repeated && (there & (1 << place)) === 0) continue;
    const name = repeated ? null : asBlob(values[next], blobs);
    if (name !== null) {
      values[next] = name;
      there ^= (1 << place) | (1 << (place + REPEATED));
    }
    next += 1;
  }
  return [code, at, path, there, ...values];
}

/** Of entries that are durable. */
export function rememberOutputs(events: readonly RunEvent[], durable: DurableOutputs): void {
  for (const event of events) {
    const output = largeOutput(event);
    if (output !== null) durable.set(output, { run: event.run, seq: event.seq });
  }
}

/** Worth a reference: one takes some ten bytes, and each output that is remembered some time of the collector. */
function largeOutput(event: RunEvent): object | null {
  const output = outputIn(event);
  if (!isJsonObject(output)) return Array.isArray(output) && output.some(isLarge) ? output : null;
  for (const name in output) if (isLarge(output[name])) return output;
  return null;
}

const isLarge = (value: unknown): boolean => isObject(value) || (typeof value === "string" && value.length > 30);

function encodeEvent(event: RunEvent, base: number, own: DurableOutputs | null, durable: DurableOutputs): readonly unknown[] {
  const { code, fields } = layoutOf(event.type);
  const data = fieldsOf(event.data);
  const row: unknown[] = [code, event.at - base, event.path ?? 0, 0];
  let there = 0;
  for (let place = 0; place < fields.length; place += 1) {
    const value = data[fields[place] ?? ""];
    if (value === undefined) continue;
    // An output is what others repeat: it is always whole.
    const seq = isObject(value) && event.type !== "step.completed" ? seqIn(own?.get(value) ?? durable.get(value), event.run) : undefined;
    there |= 1 << (seq === undefined ? place : place + REPEATED);
    row.push(seq ?? value);
  }
  row[3] = there;
  return row;
}

const seqIn = (found: { readonly run: RunId; readonly seq: number } | undefined, run: RunId): number | undefined => (found?.run === run ? found.seq : undefined);

/** A place in an entry's events whose value stands elsewhere: in the output of another event of the run, or in a blob. */
export interface Repeat {
  readonly data: Record<string, unknown>;
  readonly name: string;
  readonly from: { readonly seq: number } | { readonly blob: string };
}

/** Events, and what their reader has to put in its place before they are whole. */
export function decodeEntry(text: string, run: RunId, firstSeq: number): { readonly events: readonly RunEvent[]; readonly repeats: readonly Repeat[] } {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || list[0] !== FORM || typeof list[1] !== "number") throw new Error(`the journal of run ${run} holds an entry of an unknown form at ${firstSeq}`);
  const base = list[1];
  const repeats: Repeat[] = [];
  return { events: list.slice(2).map((row, index) => decodeEvent(row, run, firstSeq + index, base, repeats)), repeats };
}

export const outputIn = (event: RunEvent | undefined): unknown => (event?.type === "step.completed" ? event.data.output : undefined);

function decodeEvent(row: unknown, run: RunId, seq: number, base: number, repeats: Repeat[]): RunEvent {
  if (!Array.isArray(row)) throw new Error(`the journal of run ${run} holds no event at ${seq}`);
  const [code, at, path, there, ...values]: readonly unknown[] = row;
  const { type, fields } = layoutOfCode(code);
  const data: Record<string, unknown> = {};
  let next = 0;
  for (const [place, name] of fields.entries()) {
    if ((Number(there) & (1 << (place + REPEATED))) !== 0) repeats.push({ data, name, from: placeOf(values[next++]) });
    else if ((Number(there) & (1 << place)) !== 0) data[name] = values[next++];
  }
  const event = { type, run, seq, at: base + Number(at), ...(typeof path === "string" ? { path } : {}), data };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this process or an earlier one made the text of such an event
  return event as unknown as RunEvent;
}

const placeOf = (value: unknown): Repeat["from"] => (typeof value === "string" ? { blob: value } : { seq: Number(value) });

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every event's data is an object of named fields
const fieldsOf = (data: RunEvent["data"]): Readonly<Record<string, unknown>> => data as Readonly<Record<string, unknown>>;

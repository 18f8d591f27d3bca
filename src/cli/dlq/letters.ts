import type { Raw } from "../../core/bytes.js";
import type { MessageSource } from "../../core/event.js";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import type { Operator } from "../../core/ports/operator.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import { LETTER_OF } from "../../core/redrive-headers.js";

/** A dead letter, wherever it lies. */
export interface Letter extends Raw {
  readonly id: string;
  /** Whose it is; null where a letter of a topic does not say. */
  readonly flow: string | null;
  /** The dead-letter topic, or null for the store's table. */
  readonly topic: string | null;
  readonly at: number;
  readonly error: { readonly code: string; readonly message: string };
  readonly source: MessageSource;
  readonly redrives: number;
  /** The run that failed, null for a message that no run could be made of. */
  readonly run: string | null;
  readonly letter: JsonObject;
}

/** Letters that some are looked for among: the newest of each topic. */
export const LOOKED_AT = 1000;

/**
 * Letters of the store's table and of dead-letter topics, newest first, at most `limit`. A topic is one by what lies in
 * it: the flow that named it may be gone. Those of one flow lie there among others.
 */
export async function lettersOf(places: Places, which: Which): Promise<readonly Letter[]> {
  const { flow, limit } = which;
  const rows = await places.store.deadLetters({ ...(flow === undefined ? {} : { flow }), limit });
  const found = [...rows.flatMap((row) => storedLetter(row) ?? []), ...(await topicLetters(places, which))];
  return found.toSorted((a, b) => b.at - a.at).slice(0, limit);
}

/** The newest of each topic. */
export async function topicLetters({ store, topics }: Places, { flow, limit, ours = any }: Which): Promise<readonly Letter[]> {
  let known: ReturnType<typeof ours> | null = null;
  const isOurs = async (topic: string, of: string): Promise<boolean> => {
    const project = await (known ??= ours());
    return project === null || project.has(topic) || project.has(of);
  };
  const found: Letter[] = [];
  const newest = flow === undefined ? limit : Math.max(limit, LOOKED_AT);
  for (const { topic, messages } of await topics.topics()) {
    const [last] = messages === 0 ? [] : await topics.messages(topic, { last: 1 });
    if (last === undefined || parsed(last.body) === null) continue;
    for (const { headers, timestamp, position, body } of await topics.messages(topic, { last: newest })) {
      const letter = letterOf(headers["flowctl-id"] ?? `${topic}/${position}`, null, topic, timestamp, parsed(body));
      if (letter === null) continue;
      // One of this store's runs is ours wherever it lies; of what else lies there its header says which flow's it is.
      const ofRun = await flowOf(store, letter);
      if (ofRun === null && !(await isOurs(topic, letter.source.topic))) continue;
      const owner = ofRun ?? headers[LETTER_OF] ?? null;
      if (flow === undefined || owner === flow) found.push({ ...letter, flow: owner });
    }
  }
  return found;
}

/** Where letters lie. */
interface Places {
  readonly store: Pick<Operator["store"], "deadLetters" | "run">;
  readonly topics: Operator["topics"];
}

interface Which {
  readonly flow?: string;
  readonly limit: number;
  /** Topics that letters are of, or lie in, where no run of this store says whose they are; null: any. Asked once, where there is such a letter. */
  readonly ours?: () => Promise<ReadonlySet<string> | null>;
}

const any = (): Promise<null> => Promise.resolve(null);

async function flowOf(store: Places["store"], { run }: Letter): Promise<string | null> {
  return run === null ? null : ((await store.run(run))?.flow ?? null);
}

export const storedLetter = ({ id, flow, at, letter }: DeadLetterRow): Letter | null => letterOf(id, flow, null, at, letter);

/** Null for what is no letter. */
function letterOf(id: string, flow: string | null, topic: string | null, at: number, letter: JsonObject | null): Letter | null {
  if (letter === null) return null;
  const { raw, encoding, error, source, redrives, run } = letter;
  const from = sourceOf(source);
  if (typeof raw !== "string" || !isJsonObject(error) || from === null) return null;
  return {
    id,
    flow,
    topic,
    at,
    error: { code: text(error["code"]), message: text(error["message"]) },
    source: from,
    redrives: typeof redrives === "number" ? redrives : 0,
    run: typeof run === "string" ? run : null,
    letter,
    raw,
    ...(encoding === "base64" ? { encoding } : {}),
  };
}

function sourceOf(value: Json | undefined): MessageSource | null {
  if (!isJsonObject(value)) return null;
  const { topic, partition, offset, key, id, timestamp, traceparent, headers, event } = value;
  if (typeof topic !== "string" || typeof partition !== "number" || typeof offset !== "string" || typeof id !== "string" || typeof timestamp !== "number") return null;
  return { topic, partition, offset, key: typeof key === "string" ? key : null, id, timestamp, ...(typeof traceparent === "string" ? { traceparent } : {}), ...(isJsonObject(headers) ? { headers: texts(headers) } : {}), ...(isJsonObject(event) ? { event: texts(event) } : {}) };
}

const texts = (value: JsonObject): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (typeof one === "string" ? [[name, one]] : [])));

function parsed(body: string): JsonObject | null {
  // Most topics hold other messages: their bodies are not parsed for it.
  if (!body.startsWith("{") || !body.includes('"redrives"')) return null;
  try {
    const value: Json = JSON.parse(body);
    return isJsonObject(value) && typeof value["raw"] === "string" && isJsonObject(value["error"]) && isJsonObject(value["source"]) ? value : null;
  } catch {
    return null;
  }
}

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");

import { join } from "node:path";
import type { Operator, StoredMessage } from "../../src/core/ports/operator.js";
import type { Broker } from "../../src/core/ports/broker.js";
import { atBroker } from "../../src/cli/wire/at-broker.js";
import { openOperator } from "../../src/cli/wire/open-operator.js";
import type { Sent } from "./case.js";

/** A folder with flows, a project file and one database. */
export interface Project {
  readonly folder: string;
  readonly database: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the server that counts. */
  readonly url: string;
  /** What the process serves. */
  readonly flows: readonly string[];
  /** Numbers the messages, so that one that is sent again after a kill has its id again. */
  readonly ids: Map<Sent, string>;
  /** Where its messages are; null: in the database. */
  readonly broker: (() => Promise<Broker>) | null;
  /** Where its runs are; null: in the database. */
  readonly store: (() => Promise<Operator>) | null;
}

export function openProject(folder: string, url: string, flows: readonly string[], broker: Project["broker"] = null, store: Project["store"] = null): Project {
  const env = { ...process.env, LOGISTICS_URL: url, TICKETS_URL: url, LEDGER_URL: url, OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: "none", NO_COLOR: "1" };
  return { folder, database: join(folder, "crash.db"), env, url, flows, ids: new Map(), broker, store };
}

/** What an operator sees: through the process that serves, else on the file. */
export async function operate<T>({ database, broker, store }: Project, act: (operator: Operator) => Promise<T>): Promise<T> {
  const runs = await (store === null ? openOperator(database) : store());
  await using operator = broker === null ? runs : atBroker(runs, broker);
  return await act(operator);
}

/** What the server has counted. */
export async function countsOf<T>({ url }: Project): Promise<T> {
  const counts: T = JSON.parse(await (await fetch(`${url}/counts`)).text());
  return counts;
}

/** Resolves when the messages are on their topics; rejects when the process died meanwhile. */
export async function publish(project: Project, operator: Operator, sent: readonly Sent[]): Promise<void> {
  const messages = sent.map((one) => {
    const id = project.ids.get(one) ?? `in-${project.ids.size}`;
    project.ids.set(one, id);
    return { topic: one.topic, key: keyOf(one), id, headers: { "flowctl-id": id }, body: JSON.stringify(one.body) };
  });
  if (messages.length > 0) await operator.publish(messages);
}

const PAGE = 1000;

/** All that a topic has kept. */
export async function messagesOf({ topics }: Operator, topic: string): Promise<StoredMessage[]> {
  const all: StoredMessage[] = [];
  for (;;) {
    const page = await topics.messages(topic, { after: all.at(-1)?.position ?? 0, limit: PAGE });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/** Messages of one customer or site keep their order. */
function keyOf({ body }: Sent): string | null {
  if (body === null || typeof body !== "object" || Array.isArray(body)) return null;
  const key: unknown = Object.entries(body).find(([name]) => name === "from" || name === "site" || name === "customer")?.[1];
  return typeof key === "string" ? key : null;
}

/** Null: nothing runs, only so many wait, nothing is unread or unsent; else what is. */
export async function isQuiet({ store, topics }: Operator, waiting: number): Promise<string | null> {
  const { running, parked, incidents, unsent } = await store.counts();
  const lag = (await topics.topics()).flatMap(({ topic, groups }) => groups.filter((group) => group.lag > 0).map((group) => `${group.lag} unread of ${topic} by ${group.group}`));
  if (running === 0 && parked - incidents === waiting && unsent === 0 && lag.length === 0) return null;
  return [`${running} running`, `${parked - incidents} waiting`, `${unsent} unsent`, ...lag].join(", ");
}

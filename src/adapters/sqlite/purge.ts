import { claimKey } from "../../core/claim.js";
import type { Purged, PurgeOf } from "../../core/ports/operator.js";
import { storeReader } from "../store/sqlite/reader.js";
import { shrink, sweep } from "../store/sqlite/prune.js";
import type { Keyed } from "../store/sqlite/prune-reads.js";
import { text } from "../store/journal/rows.js";
import type { Database } from "./database.js";

/** Messages that one transaction erases. */
const AT_ONCE = 250;

interface Messages {
  readonly ids: string[];
  readonly places: string[];
}

/**
 * Erases what the file holds of a message key: the runs of one flow and of its steps (`FLOW/…`), the messages that they came from and emitted, those
 * of the flow's topics with that key, dead letters, and what they have spent of a budget with that key. What is open or not yet taken stays, and is counted.
 */
export async function purge(database: Pick<Database, "read" | "survey" | "write">, { flow, key }: PurgeOf, now: number): Promise<Purged> {
  const topics = new Map<string, Messages>();
  const messagesOf = (topic: string): Messages => {
    const found = topics.get(topic) ?? { ids: [], places: [] };
    topics.set(topic, found);
    return found;
  };
  for (const row of await database.read("topicsOf", flow)) messagesOf(text(row, "topic"));
  const runs = await runsOf(database, flow, key);
  const done = runs.filter((run) => run.done);
  for (const { run, message } of done) {
    if (message !== null) messagesOf(message.topic).places.push(message.place);
    for await (const event of storeReader(database).read(run, 0)) if (event.type === "message.emitted") messagesOf(event.data.topic).ids.push(event.data.id);
  }
  // The tasks of their queues, which lie on topics of their own.
  const tasks = done.flatMap(({ task }) => task ?? []);
  for (const topic of await database.survey("busTopicsOf", tasks)) messagesOf(topic).ids.push(...tasks);
  await database.write("beginErasing");
  try {
    let messages = 0;
    let waiting = 0;
    for (const [topic, { ids, places }] of topics) {
      const found = await database.survey("busWanted", { topic, key, ids, places });
      waiting += found.waiting;
      messages += found.positions.length;
      // First: without their messages nobody would find them again.
      await database.write("dropBodies", found.ids.map((id) => claimKey(topic, id)));
      for (let at = 0; at < found.positions.length; at += AT_ONCE) await database.write("busErase", found.positions.slice(at, at + AT_ONCE));
    }
    const letters = await database.write("deleteLettersOf", flow, key);
    const budgets = await database.write("forgetBudgetsOf", flow, key);
    // Last: a purge that is cut off finds their messages again.
    for (let at = 0; at < done.length; at += AT_ONCE) await database.write("hideRuns", done.slice(at, at + AT_ONCE).map(({ rid }) => rid), Infinity, now);
    await sweep(database);
    await shrink(database, true);
    return { runs: done.length, messages, letters, budgets, open: runs.length - done.length, waiting };
  } finally {
    await database.write("endErasing");
  }
}

async function runsOf(database: Pick<Database, "survey">, flow: string, key: string): Promise<readonly Keyed[]> {
  const found: Keyed[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: { readonly runs: readonly Keyed[]; readonly next: number | null } = await database.survey("runsOfKey", flow, key, after);
    found.push(...page.runs);
    after = page.next;
  }
  return found;
}

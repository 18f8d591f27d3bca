import type { RunEvent } from "../../../src/core/event.js";
import type { Json } from "../../../src/core/json.js";
import type { Sent } from "../case.js";
import { countsOf, messagesOf, operate, type Project } from "../project.js";
import type { Counts, Facts } from "./verdict.js";

/** Everything that is left, read from the file when nobody serves. */
export async function collectFacts(project: Project, sent: readonly Sent[]): Promise<Facts> {
  const counts = await countsOf<Counts>(project);
  return operate(project, async (operator) => {
    const runs: Facts["runs"][number][] = [];
    for (const row of await operator.store.runs({ limit: 1_000_000 })) {
      const events: RunEvent[] = [];
      for await (const event of operator.store.read(row.run, 0)) events.push(event);
      runs.push({ row, events });
    }
    const messages = new Map<string, { readonly id: string; readonly body: Json }[]>();
    for (const { topic } of await operator.topics.topics()) messages.set(topic, (await messagesOf(operator, topic)).map(({ headers, body }) => ({ id: headers["flowctl-id"] ?? "", body: JSON.parse(body) })));
    return { sent, runs, messages, counts };
  });
}

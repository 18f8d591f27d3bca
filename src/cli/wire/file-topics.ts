import { createTopicReader } from "../../adapters/bus/embedded/topic-reader.js";
import { openSqliteReader } from "../../adapters/sqlite/reader.js";
import type { TopicSummary } from "../../core/ports/operator.js";

/** The file's own topics: beside the process that serves, for it tells those of its broker. */
export async function fileTopics(database: string): Promise<readonly TopicSummary[]> {
  await using reader = await openSqliteReader(database);
  return await createTopicReader(reader.reading).topics();
}

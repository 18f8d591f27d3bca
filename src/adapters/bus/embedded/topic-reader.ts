import type { TopicReader } from "../../../core/ports/operator.js";
import type { Database } from "../../sqlite/database.js";

/** Topics as the file has them, for any process that reads it. */
export const createTopicReader = (database: Pick<Database, "read">): TopicReader => ({
  topics: () => database.read("busTopics"),
  messages: (topic, which) => database.read("busMessages", topic, which),
});

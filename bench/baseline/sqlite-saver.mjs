// The smallest LangGraph checkpointer over node:sqlite that is correct: each call is durable when it resolves
// (synchronous=FULL), a repeated write is kept once, and a resumed thread finds its checkpoint and its pending writes.
import { DatabaseSync } from "node:sqlite";
import { BaseCheckpointSaver, copyCheckpoint, getCheckpointId, WRITES_IDX_MAP } from "@langchain/langgraph-checkpoint";

export class SqliteSaver extends BaseCheckpointSaver {
  constructor(path) {
    super();
    this.db = new DatabaseSync(path);
    this.db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
      CREATE TABLE IF NOT EXISTS checkpoints (thread TEXT, ns TEXT, id TEXT, parent TEXT, checkpoint BLOB, metadata BLOB, PRIMARY KEY (thread, ns, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS writes (thread TEXT, ns TEXT, id TEXT, task TEXT, idx INTEGER, channel TEXT, value BLOB, PRIMARY KEY (thread, ns, id, task, idx)) WITHOUT ROWID`);
    this.newest = this.db.prepare("SELECT * FROM checkpoints WHERE thread = ? AND ns = ? ORDER BY id DESC LIMIT 1");
    this.exact = this.db.prepare("SELECT * FROM checkpoints WHERE thread = ? AND ns = ? AND id = ?");
    this.pending = this.db.prepare("SELECT task, channel, value FROM writes WHERE thread = ? AND ns = ? AND id = ? ORDER BY task, idx");
    this.insert = this.db.prepare("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)");
    this.insertWrite = this.db.prepare("INSERT OR IGNORE INTO writes VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.replaceWrite = this.db.prepare("INSERT OR REPLACE INTO writes VALUES (?, ?, ?, ?, ?, ?, ?)");
  }

  async getTuple(config) {
    const { thread_id: thread, checkpoint_ns: ns = "" } = config.configurable;
    const id = getCheckpointId(config);
    const row = id ? this.exact.get(thread, ns, id) : this.newest.get(thread, ns);
    return row === undefined ? undefined : this.tuple(row);
  }

  async *list(config, { limit = 100 } = {}) {
    const { thread_id: thread, checkpoint_ns: ns = "" } = config.configurable;
    for (const row of this.db.prepare("SELECT * FROM checkpoints WHERE thread = ? AND ns = ? ORDER BY id DESC LIMIT ?").all(thread, ns, limit)) yield this.tuple(row);
  }

  async tuple({ thread, ns, id, parent, checkpoint, metadata }) {
    const writes = this.pending.all(thread, ns, id);
    return {
      config: { configurable: { thread_id: thread, checkpoint_ns: ns, checkpoint_id: id } },
      checkpoint: await this.serde.loadsTyped("json", checkpoint),
      metadata: await this.serde.loadsTyped("json", metadata),
      pendingWrites: await Promise.all(writes.map(async ({ task, channel, value }) => [task, channel, await this.serde.loadsTyped("json", value)])),
      ...(parent === null ? {} : { parentConfig: { configurable: { thread_id: thread, checkpoint_ns: ns, checkpoint_id: parent } } }),
    };
  }

  async put(config, checkpoint, metadata) {
    const { thread_id: thread, checkpoint_ns: ns = "", checkpoint_id: parent = null } = config.configurable;
    const [[, body], [, meta]] = await Promise.all([this.serde.dumpsTyped(copyCheckpoint(checkpoint)), this.serde.dumpsTyped(metadata)]);
    this.insert.run(thread, ns, checkpoint.id, parent, body, meta);
    return { configurable: { thread_id: thread, checkpoint_ns: ns, checkpoint_id: checkpoint.id } };
  }

  async putWrites(config, writes, task) {
    const { thread_id: thread, checkpoint_ns: ns = "", checkpoint_id: id } = config.configurable;
    const rows = await Promise.all(writes.map(async ([channel, value], at) => [WRITES_IDX_MAP[channel] ?? at, channel, (await this.serde.dumpsTyped(value))[1]]));
    this.db.exec("BEGIN");
    for (const [idx, channel, value] of rows) (idx < 0 ? this.replaceWrite : this.insertWrite).run(thread, ns, id, task, idx, channel, value);
    this.db.exec("COMMIT");
  }

  async deleteThread(thread) {
    this.db.prepare("DELETE FROM checkpoints WHERE thread = ?").run(thread);
    this.db.prepare("DELETE FROM writes WHERE thread = ?").run(thread);
  }

  close() {
    this.db.close();
  }
}

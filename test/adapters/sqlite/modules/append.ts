// Appends to one run for ever, one item after the other, and prints the seq of each that is durable. When the database
// fails it prints the error's code and result.
import { openDatabase } from "../../../../src/adapters/sqlite/database.js";
import { createSqliteStore } from "../../../../src/adapters/store/sqlite.js";
import { InfraError } from "../../../../src/core/errors.js";
import { textEvent } from "../text-event.js";

const [path = "", run = "", characters = "10"] = process.argv.slice(2);
const database = await openDatabase(path);
await database.setSocketPath("/run/socket");
const store = createSqliteStore(database);
const fence = await store.own(0, "child");
try {
  for (let seq = 0; ; seq += 1) {
    const [result] = await store.commit([{ run, expectedSeq: seq - 1, entryId: `e${seq}`, fence: seq === 0 ? null : fence, events: [textEvent(run, seq, "x".repeat(Number(characters)))], index: [] }]);
    console.log(result === "ok" ? String(seq) : String(result));
  }
} catch (error) {
  console.log(error instanceof InfraError ? `${error.code} ${error.message}` : String(error));
}

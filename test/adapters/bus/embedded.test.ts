import { join } from "node:path";
import { createEmbeddedBus } from "../../../src/adapters/bus/embedded.js";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { busConformance } from "../../conformance/bus.js";
import { folderWith } from "../../support/folder.js";
import { virtualClock } from "../../support/virtual-clock.js";

busConformance("embedded", async () => {
  const clock = virtualClock();
  const path = join(folderWith(), "flowctl.db");
  const open = async () => {
    const database = await openDatabase(path);
    const bus = createEmbeddedBus(database, clock);
    return {
      ...bus,
      async [Symbol.asyncDispose]() {
        await bus[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  };
  let topics = 0;
  return {
    bus: await open(),
    reopen: open,
    topic: async () => `topic-${(topics += 1)}`,
    passes: (ms) => clock.advance(ms),
    tooLarge: 9 * 1024 * 1024,
  };
});

import { join } from "node:path";
import { createEmbeddedBus } from "../../../src/adapters/bus/embedded.js";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import type { Bus } from "../../../src/core/ports/bus.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import type { TopicReader } from "../../../src/core/ports/operator.js";
import { folderWith } from "../../support/folder.js";
import { virtualClock } from "../../support/virtual-clock.js";

/** A bus that owns its database and closes it. */
export async function openEmbedded(path: string, clock: Clock): Promise<Bus & TopicReader> {
  const database = await openDatabase(path);
  const bus = createEmbeddedBus(database, clock);
  return {
    ...bus,
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** On a new file. */
export async function embeddedHarness() {
  const clock = virtualClock();
  const path = join(folderWith(), "flowctl.db");
  let topics = 0;
  return {
    path,
    clock,
    bus: await openEmbedded(path, clock),
    reopen: () => openEmbedded(path, clock),
    topic: async () => `topic-${(topics += 1)}`,
    passes: (ms: number) => clock.advance(ms),
    tooLarge: 9 * 1024 * 1024,
  };
}

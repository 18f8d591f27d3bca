// Works on a bus until it is killed; says what it may rely on, a line each.
import { writeSync } from "node:fs";
import { createEmbeddedBus } from "../../../../src/adapters/bus/embedded.js";
import { systemClock } from "../../../../src/adapters/clock/system.js";
import { openDatabase } from "../../../../src/adapters/sqlite/database.js";
import type { Outgoing } from "../../../../src/core/ports/bus.js";

const [path = "", work = "", start = "0"] = process.argv.slice(2);
const say = (word: string): void => void writeSync(1, `${word}\n`);
const bus = createEmbeddedBus(await openDatabase(path), systemClock);
const message = (at: number): Outgoing => ({ topic: "t", key: `k${at % 10}`, id: `m${at}`, headers: {}, body: String(at) });

/** Several calls at once, each said when it has resolved. */
async function publish(): Promise<never> {
  for (let at = Number(start); ; at += 20) {
    await Promise.all(
      [0, 5, 10, 15].map(async (from) => {
        const messages = Array.from({ length: 5 }, (_, one) => message(at + from + one));
        await bus.publish(messages);
        say(messages.map(({ body }) => body).join(","));
      }),
    );
  }
}

/** Acknowledges half of what it reads; said when a later publish has resolved, which writes it too. */
async function consume(): Promise<void> {
  const subscription = await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 40 });
  for await (const batch of subscription.batches) {
    const half = batch.slice(0, 20);
    await subscription.ack(half);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await bus.publish([{ ...message(0), topic: "other", id: String(batch[0]?.offset) + process.hrtime.bigint() }]);
    say(half.map(({ partition, offset }) => `${partition}/${offset}`).join(","));
  }
}

say("ready");
await (work === "publish" ? publish() : consume());

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { read } from "../../conformance/bus-reader.js";
import { folderWith } from "../../support/folder.js";
import { openEmbedded } from "./embedded-harness.js";

const FROM_SOURCES = `import { registerHooks } from "node:module";
registerHooks({ resolve: (name, from, next) => next(name.startsWith(".") ? name.replace(/\\.js$/, ".ts") : name, from) });`;

/** Runs the child until it has said so many lines, kills it -9, and gives all that it said. */
async function until(lines: number, path: string, ...args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(FROM_SOURCES)}`, join(import.meta.dirname, "modules", "crash-child.ts"), path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length > lines) child.kill("SIGKILL");
  }
  return said.slice(1).flatMap((line) => line.split(","));
}

test("what was published is there after kill -9: in order, once, without a gap", async () => {
  const path = join(folderWith(), "flowctl.db");
  const durable: number[] = [];
  for (const kill of [1, 7, 40]) {
    // Begins before what was said last, as an outbox that lost its marks does.
    durable.push(...(await until(kill, path, "publish", String(Math.max(0, (durable.at(-1) ?? 0) - 19)))).map(Number));
  }
  await using bus = await openEmbedded(path, systemClock);
  const all = (await bus.messages("t", { last: 100_000 })).map((one) => ({ ...one, at: Number(one.body) }));
  const found = all.map(({ at }) => at);
  expect(durable.filter((at) => !found.includes(at))).toEqual([]);
  expect(new Set(found).size).toBe(found.length);
  for (let partition = 0; partition < 8; partition += 1) {
    const offsets = all.filter((one) => one.partition === partition).map(({ offset }) => Number(offset));
    expect(offsets).toEqual(offsets.map((_, at) => at));
  }
});

test("after kill -9 what was not acknowledged comes again, what was acknowledged and written does not", async () => {
  const path = join(folderWith(), "flowctl.db");
  const published = 2000;
  {
    await using bus = await openEmbedded(path, systemClock);
    await bus.publish(Array.from({ length: published }, (_, at) => ({ topic: "t", key: null, id: `m${at}`, headers: {}, body: String(at) })));
  }
  const acknowledged = new Set<string>();
  for (const kill of [1, 3, 9]) for (const one of await until(kill, path, "consume")) acknowledged.add(one);
  await using bus = await openEmbedded(path, systemClock);
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 500 }));
  const lag = await reader.subscription.lag();
  const rest = (await reader.take(lag)).map(({ partition, offset }) => `${partition}/${offset}`);
  // Each process acknowledged the first twenty that it read; what it acknowledged later lay behind those that it did not.
  expect(rest).toEqual(Array.from({ length: published - 60 }, (_, at) => `0/${at + 60}`));
  expect([...acknowledged]).toContain("0/59");
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { world } from "../../support/runtime.js";
import { turns, virtualClock, type VirtualClock } from "../../support/virtual-clock.js";
import { flow, start } from "./run-world.js";

const COUNT = 1000;
const mapped = (step: string): string => `
flowctl: v1
flow: f
types: { N: { fields: { n: integer } }, Many: { fields: { ns: "integer[]" } } }
topics: { in: { message: Many }, out: { message: N } }
tools: { t: { module: ./tools.ts#t, input: N, output: N, effect: write, idempotency: key } }
on: in
steps:
  - { id: m, map: { over: input.ns, as: x, concurrency: ${COUNT}, join: settled }, do: [ ${step} ] }
  - { emit: out, with: { n: "\${size(steps.m.ok)}" } }
`;
const MANY = { ns: Array.from({ length: COUNT }, (_, n) => n) };

/** On which time passes from look to look, as on a machine that is busy. */
function slowClock(): VirtualClock {
  const clock = virtualClock();
  let looks = 0;
  return { ...clock, monotonic: () => clock.monotonic() + (looks += 10) };
}

test("a wide map begins in parts, between which other work of the process has its turn", async () => {
  const memory = createMemoryStore();
  const sizes: number[] = [];
  const store: Store = {
    ...memory,
    commit(items) {
      sizes.push(...items.map(({ events }) => events.length));
      return memory.commit(items);
    },
  };
  const p = world(mapped('{ tool: t, with: { n: "${x}" } }'), { t: (input) => input }, { store, clock: slowClock() });
  await p.runtime.start();
  await p.send("in", [MANY]);
  await p.settle();
  expect(await p.read("out")).toEqual([{ n: COUNT }]);
  expect(Math.max(...sizes)).toBeLessThan(COUNT / 4);
});

test("I12: a run stands still when all of what begins waits, not between these parts", async () => {
  const items = Array.from({ length: COUNT }, (_, n) => n).join(", ");
  const running = start(flow(`- { id: m, map: { over: "[${items}]", as: x, concurrency: ${COUNT} }, do: [ { wait: 1h } ] }`), { clock: slowClock() });
  await turns(100);
  expect(running.quiescent()).toBeGreaterThan(0);
  expect(running.waits).toHaveLength(running.quiescent() * COUNT);
});

test.each([["map", "- { id: m, map: { over: '[ITEMS]', as: x }, do: [ { wait: 1h } ] }"], ["parallel", "- { id: m, parallel: {}, branches: { BRANCHES } }"]])("as many parts of a %s as the reference says run at once where nothing else is said", async (kind, step) => {
  const items = Array.from({ length: 40 }, (_, n) => n);
  const running = start(flow(step.replace("ITEMS", items.join(", ")).replace("BRANCHES", items.map((n) => `b${n}: [ { wait: 1h } ]`).join(", "))));
  await turns(100);
  const row = readFileSync(new URL("../../../docs/reference/steps.md", import.meta.url), "utf8").split("\n").find((line) => line.startsWith(`| \`${kind}.concurrency\` |`)) ?? "";
  const usual = row.split(" | ")[2];
  expect(usual === "all of them" ? items.length : Number(usual?.replaceAll("`", ""))).toBe(running.waits.length);
});

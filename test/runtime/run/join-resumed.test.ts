import { expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { isJsonObject } from "../../../src/core/json.js";
import type { World } from "../../support/runtime.js";
import { start } from "../../support/started.js";

const NUMBER = "{ fields: { n: integer } }";
const tool = (name: string, more = ""): string => `  ${name}: { module: ./tools.ts#${name}, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key${more} }\n`;
/** `order` has item 1 fail when item 3 is under way, at workers of a queue: the run has parked meanwhile, and looks itself up. */
const flow = (map: string, steps: string): string => `flowctl: v1
flow: order
topics: { in: { message: ${NUMBER} } }
tools:
${tool("pay", ", errors: { nope: {} }")}${tool("refund")}${tool("ship")}on: in
steps:
  - id: all
    ${steps.replace("MAP", `map: { over: "[0, 1, 2, 3, 4, 5]", as: n, concurrency: 2${map} }`)}
`;
const ITEM = `{ id: paid, tool: pay, queue: money, with: { n: "\${n}" }`;

async function calls(text: string): Promise<readonly string[]> {
  const said: string[] = [];
  const made: World = await start(text, {
    pay: async (input) => {
      const n = isJsonObject(input) ? Number(input["n"]) : 0;
      if (n === 3) said.push("pay 3");
      await new Promise<void>((resolve) => void made.clock.after(n === 1 ? 1000 : n === 3 ? 3000 : 1, resolve));
      if (n === 1) throw new StepError("nope", "no");
      said.push(`paid ${n}`);
      return { n };
    },
    refund: (input) => (said.push(`refund ${isJsonObject(input) ? String(input["n"]) : ""}`), input),
    ship: (input) => (said.push("ship"), input),
  });
  await made.send("in", [{ n: 1 }]);
  for (let times = 0; times < 200; times += 1) await made.clock.advance(50);
  expect((await made.store.runs({ flow: "order", limit: 1 }))[0]?.status, said.join(", ")).not.toBeNull();
  return said;
}

test("I28: a saga is undone when all that its items have under way is settled, also of a run that has parked", async () => {
  const said = await calls(flow("", `saga: {}
    do:
      - id: items
        MAP
        do: [ ${ITEM}, compensate: { tool: refund, with: { n: "\${n}" } } } ]`));
  expect(said).toEqual(["paid 0", "paid 2", "pay 3", "paid 3", "refund 3", "refund 2", "refund 0"]);
});

test("I5: what `rest: finish` leaves under way is waited for, also of a run that has parked", async () => {
  const said = await calls(flow(", rest: finish", `MAP
    do: [ ${ITEM} } ]
    catch: [ { on: [nope], value: [] } ]
  - { id: shipped, tool: ship, with: "\${input}" }`));
  expect(said).toEqual(["paid 0", "paid 2", "pay 3", "ship", "paid 3"]);
});

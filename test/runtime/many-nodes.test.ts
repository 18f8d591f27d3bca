import { expect, test } from "vitest";
import { world } from "../support/runtime.js";

const FLOW = `
flowctl: v1
flow: sort
types: { In: { fields: { id: string, n: number } } }
topics:
  in: { message: In }
  out: {}
tools:
  look: { module: ./tools.ts#look, input: In, output: { fields: { big: boolean } }, effect: read }
on: { topic: in, concurrency: 8 }
steps:
  - { id: look, tool: look, with: "\${input}" }
  - id: way
    switch:
      - when: steps.look.big
        do: [ { id: again, tool: look, with: "\${input}" } ]
        value: big
      - else: { value: small }
  - { emit: out, with: { id: "\${input.id}", way: "\${steps.way}" } }
value: "\${steps.way}"
`;

test("a graph of several nodes runs through LangGraph's loop, many runs at once", async () => {
  const { runtime, send, settle, read } = world(FLOW, { look: (input) => ({ big: typeof input === "object" && input !== null && "n" in input && Number(input.n) > 4 }) });
  await runtime.start();
  await send("in", Array.from({ length: 10 }, (_, n) => ({ id: `i${n}`, n })));
  await settle();
  const ways = (await read("out")).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  expect(ways).toEqual(Array.from({ length: 10 }, (_, n) => ({ id: `i${n}`, way: n > 4 ? "big" : "small" })));
  expect(runtime.stats()).toMatchObject({ runs: 10, completed: 10, emitted: 10 });
  expect(await runtime.manual("sort", { id: "x", n: 9 })).toMatchObject({ status: "completed", output: "big" });
  await runtime.close();
});

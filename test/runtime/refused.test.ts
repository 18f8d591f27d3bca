import { expect, test } from "vitest";
import type { Json } from "../../src/core/json.js";
import { type Bus, PublishRefused } from "../../src/core/ports/bus.js";
import { Raw, world } from "../support/runtime.js";

const flow = (more: string, text: string): string => `
flowctl: v1
flow: grow
types: { In: { fields: { id: string, text: string } } }
topics:
  in: { message: In }
  out: {}
${more}on: { topic: in }
steps:
  - { id: big, set: "\${input.text.replace('a', '0123456789'.replace('0', '0123456789'))}" }
${text}  - { emit: out, with: { id: "\${input.id}", text: "\${steps.big + steps.big}" } }
`;
const LOOK = `tools:\n  look: { module: ./tools.ts#look, input: { fields: { id: string } }, output: {}, effect: read }\n`;

test.each([
  ["a pure flow", flow("", "")],
  ["a journaled flow", flow(LOOK, `  - { id: look, tool: look, with: { id: "\${input.id}" } }\n`)],
])("%s: a message that the broker will never take is a dead letter, and the rest goes on", async (_name, text) => {
  const { runtime, send, settle, read, store, notices } = world(text, { look: (): Json => ({}) });
  await runtime.start();
  await send("in", [{ id: "huge", text: "a".repeat(300_000) }, { id: "small", text: "b" }]);
  await settle();
  expect(await read("out")).toEqual([{ id: "small", text: "bb" }]);
  expect(notices).toEqual([expect.stringContaining("a message to `out` is a dead letter")]);
  expect(runtime.stats()).toMatchObject({ messages: 2, completed: 2, dlq: 1 });
  expect(await store.deadLetters({ limit: 5 })).toMatchObject([{ letter: { error: { code: "limit" }, source: { topic: "out" } } }]);
  await runtime.close();
});

test.each([
  ["of a message that no run could be made of", '{"id":7}', "schema"],
  ["of a run", '{"id":"a","text":"b"}', "unavailable"],
])("a letter that its topic does not take is kept in the store as it is, so that its message can be sent again: %s", async (_, message, code) => {
  const text = flow(LOOK, `  - { id: look, tool: look, with: { id: "\${input.id}" } }\n`).replace("message: In }", "message: In, dlq: in.dlq }");
  const refusing = (bus: Bus): Bus => ({
    ...bus,
    async publish(messages) {
      const letters = messages.filter(({ topic }) => topic === "in.dlq");
      if (letters.length > 0) throw new PublishRefused(letters.map(({ id }) => ({ id, reason: "too large" })));
      await bus.publish(messages);
    },
  });
  const { runtime, send, settle, store, notices } = world(text, { look: () => Promise.reject(new Error("away")) }, { bus: refusing });
  await runtime.start();
  await send("in", [new Raw(message)]);
  await settle();
  expect((await store.deadLetters({ limit: 5 })).map(({ letter }) => letter)).toMatchObject([{ raw: message, error: { code }, source: { topic: "in", offset: "0" }, redrives: 0 }]);
  expect(notices).toContainEqual("a message to `in.dlq` is a dead letter: too large");
  await runtime.close();
});

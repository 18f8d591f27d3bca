import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scriptedProvider } from "../../../src/adapters/model/scripted/provider.js";
import type { Json } from "../../../src/core/json.js";
import type { Model, ModelMessage } from "../../../src/core/ports/model.js";
import { modelConformance } from "../../conformance/model.js";

const provider = scriptedProvider();
const open = (answers: Json): Promise<Model> => provider.open({ provider: "scripted", model: "m", api: "chat", options: { answers } }, { folder: "." });

modelConformance("scripted", (scenes) =>
  open({
    a: scenes.map((scene): Json => {
      if ("text" in scene) return { reply: scene.text };
      if ("json" in scene) return { reply: scene.json };
      if ("tools" in scene) return { tools: scene.tools.map(({ tool, args }) => ({ tool, args })) };
      if ("slow" in scene) return { reply: scene.slow, delay: "30s" };
      return scene.retryAfterMs === undefined ? { error: scene.error } : { error: scene.error, retry_after: `${scene.retryAfterMs}ms` };
    }),
  }),
);

const say = (model: Model, input: Json, more: { run?: string; messages?: readonly ModelMessage[]; path?: string } = {}) =>
  model.complete(
    { messages: more.messages ?? [{ role: "user", text: "x" }], tools: [] },
    { signal: new AbortController().signal, onText: null, caller: { flow: "f", agent: "router", run: more.run ?? "r", path: more.path ?? "route~0", input } },
  );

describe("scripted", () => {
  const rules = [
    { when: { "input.body": ["refund", "invoice"], "input.vip": true }, say: { intent: "billing", vip: "{{input.vip}}" } },
    { when: { "input.body": "REFUND" }, say: { intent: "billing" } },
    { when: { "input.note": null, "input.tags": "late" }, say: "about {{input.tags.1}}: {{input.body}} ({{input.absent}})" },
    { else: [{ tool: "look", args: { q: "{{input.body}}" } }, { found: "{{tools.look.hits.0}}", hits: "{{tools.look.hits}}" }] },
  ];

  test("rules choose by the agent's input, whatever the order of runs", async () => {
    const model = await open({ router: rules });
    const inputs: Json[] = [{ body: "My Invoice", vip: true }, { body: "a refund", vip: false }, { body: "b", tags: ["x", "Late"] }];
    const expected = ['{"intent":"billing","vip":true}', '{"intent":"billing"}', "about Late: b ({{input.absent}})"];
    const texts = async (list: readonly Json[]) => Promise.all(list.map(async (input) => (await say(model, input)).text));
    expect(await texts(inputs)).toEqual(expected);
    expect(await texts(inputs.toReversed())).toEqual(expected.toReversed());
  });

  test("a tool's result can be answered with", async () => {
    const model = await open({ router: rules });
    const first = await say(model, { body: "hm", vip: false });
    expect(first.toolCalls).toEqual([{ id: "call_0_0", name: "look", args: { q: "hm" } }]);
    const messages: readonly ModelMessage[] = [
      { role: "user", text: "x" },
      { role: "assistant", text: "", toolCalls: first.toolCalls },
      { role: "tool", callId: "call_0_0", text: '{"hits":["h1"]}' },
    ];
    expect(JSON.parse((await say(model, { body: "hm", vip: false }, { messages, path: "route~1" })).text)).toEqual({ found: "h1", hits: ["h1"] });
  });

  test("a list is counted per run, and its last answer stays", async () => {
    const model = await open({ router: [{ error: "unavailable" }, "one", "two"] });
    await expect(say(model, null, { run: "a" })).rejects.toMatchObject({ code: "unavailable" });
    expect((await say(model, null, { run: "a", path: "route~1" })).text).toBe("one");
    await expect(say(model, null, { run: "b" })).rejects.toMatchObject({ code: "unavailable" });
    const after = (turns: number): readonly ModelMessage[] => Array.from({ length: turns }, () => ({ role: "assistant", text: "t", toolCalls: [] }));
    expect((await say(model, null, { run: "c", messages: after(2) })).text).toBe("two");
    expect((await say(model, null, { run: "c", messages: after(9) })).text).toBe("two");
  });

  test("paths are own keys: nothing of the language shows through", async () => {
    const model = await open({ router: [{ when: { "input.constructor.name": "Object" }, say: "leak" }, { else: "{{input.constructor.name}} {{input.list.length}}" }] });
    expect((await say(model, { list: [1] })).text).toBe("{{input.constructor.name}} {{input.list.length}}");
  });

  test("usage can be said", async () => {
    const model = await open({ router: { reply: "x", usage: { in: 7, out: 3 } } });
    expect((await say(model, null)).usage).toEqual({ in: 7, out: 3 });
  });

  test("an agent or an input without an answer says what is missing", async () => {
    await expect(say(await open({}), null)).rejects.toMatchObject({ code: "refused", message: "the script has no answers for the agent `router`" });
    await expect(say(await open({ router: [{ when: { input: "x" }, say: 1 }] }), "y")).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("no rule for the agent `router`") });
  });

  test.each([
    [[], "must be an object"],
    [{ a: [] }, "`a` has no answer"],
    [{ a: { error: "boom" } }, "`a`: `boom` is no error of a model"],
    [{ a: { reply: 1, delay: 5 } }, "`a.delay` must be a duration"],
    [{ a: [{ else: 1 }, { else: 2 }] }, "only the last rule may be one"],
    [{ a: [{ when: { input: 1 }, say: 1 }, 3] }, "`a[1]` must be `{ when, say }` or `{ else }`"],
    [{ a: [{ when: { body: 1 }, say: 1 }] }, "`body` must begin with `input` or `tools`"],
    [{ a: [{ when: { input: {} }, say: 1 }] }, "`input` must be text, a number"],
    [undefined, "has no `answers`"],
    ["no-such-file.yaml", "`no-such-file.yaml` is not there"],
  ] as [Json | undefined, string][])("a mistake in a script is said at once: %j", async (answers, message) => {
    const opened = provider.open({ provider: "scripted", model: "m", api: "chat", options: answers === undefined ? {} : { answers } }, { folder: "." });
    await expect(opened).rejects.toMatchObject({ name: "InfraError", message: expect.stringContaining(message) });
  });

  test("a script may be a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flowctl-script-"));
    await writeFile(join(folder, "s.yaml"), "router:\n  - when: { input.n: 2 }\n    say: two\n  - else: other\n");
    const model = await scriptedProvider().open({ provider: "scripted", model: "m", api: "chat", options: { answers: "s.yaml" } }, { folder });
    expect((await say(model, { n: 2 })).text).toBe("two");
    expect((await say(model, { n: 3 })).text).toBe("other");
    await rm(folder, { recursive: true });
  });
});

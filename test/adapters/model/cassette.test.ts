import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readCassette } from "../../../src/adapters/cassette/file.js";
import { openPlayer } from "../../../src/adapters/cassette/player.js";
import { openRecorder } from "../../../src/adapters/cassette/recorder.js";
import { isModelRecording } from "../../../src/adapters/cassette/recording.js";
import { cassetteProvider } from "../../../src/adapters/model/cassette/provider.js";
import { recordingModel } from "../../../src/adapters/model/cassette/record.js";
import { replayingModel } from "../../../src/adapters/model/cassette/replay.js";
import { scriptedProvider } from "../../../src/adapters/model/scripted/provider.js";
import type { ModelPlan } from "../../../src/core/plan/flow-plan.js";
import type { Json } from "../../../src/core/json.js";
import type { Model, ModelMessage, ModelRequest } from "../../../src/core/ports/model.js";
import { modelConformance, type Scene } from "../../conformance/model.js";
import { folderWith } from "../../support/folder.js";

const plain = (text: string): string => text;
const PLAN: ModelPlan = { provider: "scripted", model: "m", temperature: 0.5, api: "chat", options: {} };
const scripted = (answers: Json): Promise<Model> => scriptedProvider().open({ ...PLAN, options: { answers } }, { folder: "." });
const script = (scenes: readonly Scene[]): Promise<Model> =>
  scripted({
    a: scenes.map((scene): Json => {
      if ("text" in scene) return { reply: scene.text };
      if ("json" in scene) return { reply: scene.json };
      if ("tools" in scene) return { tools: scene.tools.map(({ tool, args }) => ({ tool, args })) };
      if ("slow" in scene) return { reply: scene.slow, delay: "30s" };
      return scene.retryAfterMs === undefined ? { error: scene.error } : { error: scene.error, retry_after: `${scene.retryAfterMs}ms` };
    }),
  });

modelConformance("recording", async (scenes) => recordingModel(await script(scenes), PLAN, await openRecorder({ path: `${folderWith()}/c.yaml`, clean: plain })));

/** Each call is recorded first, and then answered from the file. */
modelConformance("replaying", async (scenes) => {
  const inner = await script(scenes);
  let calls = 0;
  return {
    async complete(request, options) {
      const path = `${folderWith()}/c${(calls += 1)}.yaml`;
      {
        await using recorder = await openRecorder({ path, clean: plain });
        await recordingModel(inner, PLAN, recorder).complete(request, { ...options, onText: null }).catch((error: unknown) => {
          if (options.signal.aborted) throw error;
        });
      }
      return (await replay(path)).complete(request, options);
    },
  };
});

async function replay(path: string, plan = PLAN): Promise<Model> {
  const cassette = await readCassette(path);
  if (cassette === null) throw new Error(`no file ${path}`);
  return replayingModel(plan, openPlayer(cassette, { of: isModelRecording, clean: plain }));
}

const ask = (model: Model, text: string, more: Partial<ModelRequest> = {}) => {
  const messages: readonly ModelMessage[] = [{ role: "system", text: "Be brief.\nAnd kind." }, { role: "user", text }];
  return model.complete({ messages, tools: [], ...more }, { signal: new AbortController().signal, onText: null, caller: { flow: "f", agent: "a", run: "r", path: "s~0", input: text } });
};

/** A model that says what it was asked, and how often. */
const counting = (): Model => {
  let calls = 0;
  return {
    async complete({ messages }) {
      calls += 1;
      return { text: `${messages.at(-1)?.text} ${calls}\nof many lines`, toolCalls: [], usage: { in: 1, out: 2 }, finish: "stop" };
    },
  };
};

async function record(path: string, texts: readonly string[], model = counting(), clean = plain): Promise<string> {
  {
    await using recorder = await openRecorder({ path, clean });
    for (const text of texts) await ask(recordingModel(model, PLAN, recorder), text);
  }
  return readFileSync(path, "utf8");
}

test("answers come by content, in whatever order; equal requests in the order of their recordings, then the last again", async () => {
  const path = `${folderWith()}/c.yaml`;
  await record(path, ["x", "y", "x"]);
  const model = await replay(path);
  const texts: string[] = [];
  for (const text of ["y", "x", "x", "x", "y"]) texts.push((await ask(model, text)).text.split("\n")[0] ?? "");
  expect(texts).toEqual(["y 2", "x 1", "x 3", "x 3", "y 2"]);
});

test("two that record into one file at once keep what the other has recorded", async () => {
  const path = `${folderWith()}/c.yaml`;
  {
    await using first = await openRecorder({ path, clean: plain });
    await using second = await openRecorder({ path, clean: plain });
    const model = await scripted({ a: { reply: "yes" } });
    for (const [recorder, text] of [[first, "x"], [second, "y"], [first, "z"]] as const) await ask(recordingModel(model, PLAN, recorder), text);
  }
  const kept = await replay(path);
  for (const text of ["x", "y", "z"]) expect(await ask(kept, text)).toMatchObject({ text: "yes" });
});

test("the file is as a person would write it", async () => {
  const path = `${folderWith()}/deep/er/c.yaml`;
  const text = await record(path, ["x"]);
  expect(text.slice(text.indexOf("cassette:"))).toBe(`cassette: v1
---
call: model
about: a of f
request:
  model: m
  temperature: 0.5
  messages:
    - role: system
      text: |-
        Be brief.
        And kind.
    - role: user
      text: x
answer: |-
  x 1
  of many lines
usage: {"in":1,"out":2}
finish: stop
`);
});

test("recording again changes its own lines only: the same stays, what is asked again takes its old place, new calls come last", async () => {
  const path = `${folderWith()}/c.yaml`;
  const first = await record(path, ["x", "y", "z"]);
  expect(await record(path, ["new"])).toSatisfy((now: string) => now.startsWith(`${first}---\ncall: model\n`));
  const again = await record(path, ["y"]);
  expect(again.split("\n").filter((line, index) => line !== first.split("\n")[index] && index < first.split("\n").length - 1)).toEqual(["  y 1"]);
  expect(await record(path, [])).toBe(again);
});

test("comments and forms of a person's hand stay", async () => {
  const path = `${folderWith()}/c.yaml`;
  const mine = (await record(path, ["x"])).replace("cassette: v1\n", "cassette: v1 # mine\n").replace("answer: |-\n  x 1\n  of many lines", '# better so\nanswer: "x 1\\nof many lines"');
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, mine);
  expect(await record(path, ["x", "y"])).toSatisfy((now: string) => now.startsWith(`${mine}---\n`));
});

test("a miss names the nearest recording and the first field that differs", async () => {
  const path = `${folderWith()}/c.yaml`;
  await record(path, ["Tell me about the winter sale.", "Something else"]);
  const model = await replay(path);
  await expect(ask(model, "Tell me about the summer sale.")).rejects.toMatchObject({
    name: "StepError",
    code: "refused",
    message: `there is no recording of this call in ${path}; the nearest is #1 (line 6): \`messages[1].text\` differs: it is now "Tell me about the summer sale.", it was "Tell me about the winter sale."`,
  });
  await expect(ask(await replay(path, { ...PLAN, temperature: 1 }), "Something else")).rejects.toThrow(/#2 \(line 24\): `temperature` differs: it is now 1, it was 0\.5$/);
  await expect(ask(model, "Something else", { tools: [{ name: "t", description: "d", schema: true }] })).rejects.toThrow(/#2 .*`tools` is not in the recording, it is now \[{"name":"t"/);
  const none = `${folderWith()}/none.yaml`;
  await record(none, []);
  await expect(ask(await replay(none), "x")).rejects.toThrow(/which has none of its kind$/);
});

test("a planted secret is nowhere in the file, also one that is read late, and a request that holds it is found again", async () => {
  const path = `${folderWith()}/c.yaml`;
  const known = new Set<string>();
  const clean = (text: string): string => [...known].reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  const model = counting();
  {
    await using recorder = await openRecorder({ path, clean });
    await ask(recordingModel(model, PLAN, recorder), "the key is pl4nted-one");
    known.add("pl4nted-one");
    await ask(recordingModel(model, PLAN, recorder), "and pl4nted-one\nagain");
  }
  expect(readFileSync(path, "utf8")).not.toMatch(/pl4nted/);
  const cassette = await readCassette(path);
  if (cassette === null) throw new Error("no file");
  const replayed = replayingModel(PLAN, openPlayer(cassette, { of: isModelRecording, clean }));
  expect((await ask(replayed, "and pl4nted-one\nagain")).text).toMatch(/^and \*\*\*/);
});

test("the provider `cassette` compares what is asked, and the model's name where one is written", async () => {
  const folder = folderWith();
  await record(`${folder}/c.yaml`, ["x"]);
  const open = (model: string, file = "c.yaml") => cassetteProvider({ clean: plain }).open({ provider: "cassette", model, api: "chat", options: { file } }, { folder });
  expect((await ask(await open("cassette"), "x")).text).toMatch(/^x 1/);
  expect((await ask(await open("m"), "x")).text).toMatch(/^x 1/);
  await expect(ask(await open("other"), "x")).rejects.toThrow(/`model` differs: it is now "other", it was "m"/);
  await expect(open("m", "none.yaml")).rejects.toMatchObject({ name: "InfraError", code: "FC6005", message: "The cassette `none.yaml` is not there." });
});

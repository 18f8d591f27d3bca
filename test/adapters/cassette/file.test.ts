import { chmodSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentOf, documentText } from "../../../src/adapters/cassette/document.js";
import { HEAD, readCassette } from "../../../src/adapters/cassette/file.js";
import { openRecorder } from "../../../src/adapters/cassette/recorder.js";
import type { Recording } from "../../../src/adapters/cassette/recording.js";
import { folderWith } from "../../support/folder.js";

const clean = (text: string): string => text;
/** Text that YAML could take for something else. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(" ", "\n", "-", "---\n", "#", ":", "'", '"', "|", "\t", "\r\n", "\r", "a", "{", "\u0085", "\u2028", "\ufeff", "...\n") }),
  fc.constantFrom("null", "~", "1e3", "0x1f", "yes", "2026-01-01", "---", "...", "__proto__", "<<", "&a", "*a", "!x", "%Y"),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0), fc.boolean(), fc.constant(null), fc.array(tie("value"), { maxLength: 3 }), fc.dictionary(text.filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 3 })),
})).value.map((value) => JSON.parse(JSON.stringify(value)));
const recording: fc.Arbitrary<Recording> = fc.oneof(
  fc.record({ call: fc.constant("http" as const), about: text, request: fc.record({ method: text, input: json }), result: fc.oneof(fc.record({ ok: json }), fc.record({ error: fc.record({ code: text, message: text, data: json, retryAfterMs: fc.nat() }) })) }),
  fc.record({
    call: fc.constant("model" as const),
    about: text,
    request: fc.record({ model: text, messages: fc.array(fc.record({ role: text, text })), tools: fc.array(fc.record({ name: text, schema: json })), output: fc.record({ schema: json }) }),
    result: fc.record({ ok: fc.record({ text, toolCalls: fc.array(fc.record({ id: text, name: text, args: json })), usage: fc.record({ in: fc.nat(), out: fc.nat() }), finish: fc.constantFrom("stop" as const, "tools" as const) }) }),
  }),
);

test("whatever is recorded is read back, and written in the same way again", async () => {
  const path = `${folderWith()}/c.yaml`;
  await fc.assert(
    fc.asyncProperty(fc.array(recording, { maxLength: 3 }), async (recordings) => {
      const written = [HEAD, ...recordings.map((one) => documentText(documentOf(one)))].join("---\n");
      writeFileSync(path, written);
      const cassette = await readCassette(path);
      expect(cassette?.entries.map(({ recording: one }) => one)).toEqual(recordings);
      expect([cassette?.head, ...(cassette?.entries ?? []).map(({ text: one }) => one)].join("---\n")).toBe(written);
    }),
    { numRuns: 300 },
  );
});

describe("a broken cassette says where", () => {
  const call = documentText(documentOf({ call: "http", about: "t of f", request: { method: "GET", url: "u", input: 1 }, result: { ok: 2 } }));
  const at = `${HEAD}---\n`.split("\n").length;
  test.each([
    ["nothing at all", "", /c\.yaml:1` cannot be used: it does not begin with `cassette: v1`/],
    ["a flow", "flowctl: v1\nflow: f\n", /c\.yaml:1` .*does not begin with/],
    ["no YAML", `${HEAD}---\n${call}---\ncall: http\nrequest: { a: 1\nb: [\n`, new RegExp(`c\\.yaml:${at + call.split("\n").length + 2}\` cannot be used: it is no YAML: `)],
    ["values that grow", `${HEAD}---\ncall: http\nrequest: { a: &a [x, x], b: &b [*a, *a], c: [*b, *b] }\noutput: 1\n`, new RegExp(`c\\.yaml:${at}\` .*YAML aliases`)],
    ["a value that holds itself", `${HEAD}---\ncall: http\nrequest: &r { a: *r }\noutput: 1\n`, /YAML aliases/],
    ["an unknown kind", `${HEAD}---\n${call.replace("call: http", "call: fax")}`, new RegExp(`c\\.yaml:${at}\` .*\`call\` must be \`model\` or \`http\``)],
    ["no result", `${HEAD}---\n${call.replace("output: 2", "")}`, /neither `output` nor `error`/],
    ["an answer without usage", `${HEAD}---\n${call.replace("call: http", "call: model").replace("output: 2", "answer: x")}`, /`answer`, `usage: \{ in, out \}` and `finish`/],
    ["a merge conflict", `${HEAD}---\n<<<<<<< mine\n${call}=======\n${call}>>>>>>> theirs\n`, /it is no YAML/],
  ])("%s", async (_name, written, message) => {
    const path = `${folderWith({ "c.yaml": written })}/c.yaml`;
    await expect(readCassette(path)).rejects.toMatchObject({ name: "InfraError", code: "FC6005", message: expect.stringMatching(message) });
    await expect(openRecorder({ path, clean })).rejects.toMatchObject({ code: "FC6005" });
    expect(readFileSync(path, "utf8")).toBe(written);
  });
});

describe("writing", () => {
  const one: Recording = { call: "http", about: "", request: { url: "u" }, result: { ok: 1 } };

  test("keeps a link, leaves nothing beside the file, and makes its folder", async () => {
    const folder = folderWith({ "real/c.yaml": HEAD });
    symlinkSync("real/c.yaml", `${folder}/c.yaml`);
    {
      await using recorder = await openRecorder({ path: `${folder}/c.yaml`, clean });
      recorder.begin(one.call, one.request)(one);
    }
    expect(lstatSync(`${folder}/c.yaml`).isSymbolicLink()).toBe(true);
    expect(readFileSync(`${folder}/real/c.yaml`, "utf8")).toMatch(/url: u/);
    expect(readdirSync(`${folder}/real`)).toEqual(["c.yaml"]);
  });

  test.runIf(process.getuid?.() !== 0)("into a folder that takes none is said before anything runs", async () => {
    const folder = folderWith({ "ro/x": "" });
    chmodSync(`${folder}/ro`, 0o500);
    await expect(openRecorder({ path: `${folder}/ro/c.yaml`, clean })).rejects.toMatchObject({ code: "FC6005", message: expect.stringMatching(/cannot be written: .*EACCES/) });
  });

  test("where a folder stands is said before anything runs", async () => {
    const folder = folderWith({ "c.yaml/x": "" });
    await expect(openRecorder({ path: `${folder}/c.yaml`, clean })).rejects.toMatchObject({ code: "FC6005", message: expect.stringMatching(/cannot be read/) });
  });

  test("equal requests stand in the order in which they began; one that was cut off replaces nothing", async () => {
    const path = `${folderWith()}/c.yaml`;
    {
      await using recorder = await openRecorder({ path, clean });
      const [first, second, cut] = [recorder.begin("http", one.request), recorder.begin("http", one.request), recorder.begin("http", one.request)];
      cut?.(null);
      second?.({ ...one, result: { ok: "second" } });
      first?.({ ...one, result: { ok: "first" } });
    }
    const outputs = async () => (await readCassette(path))?.entries.map(({ recording: { result } }) => ("ok" in result ? result.ok : null));
    expect(await outputs()).toEqual(["first", "second"]);
    {
      await using recorder = await openRecorder({ path, clean });
      recorder.begin("http", one.request)(null);
    }
    expect(await outputs()).toEqual(["first", "second"]);
    {
      await using recorder = await openRecorder({ path, clean });
      recorder.begin("http", one.request)({ ...one, result: { ok: "third" } });
    }
    expect(await outputs()).toEqual(["third"]);
  });
});

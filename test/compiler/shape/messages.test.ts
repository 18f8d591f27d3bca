import { describe, expect, it } from "vitest";
import { WRONG } from "./wrong.js";
import { flow, shapeText } from "./shape-text.js";

describe("one problem, where it is, with what to do", () => {
  it.each(WRONG.map(([text, ...expected]) => ({ text, expected })))("$text", ({ text, expected }) => {
    const { found, diagnostics } = shapeText(text);
    expect(found).toEqual(expected.map(([where]) => where));
    diagnostics.forEach(({ message, hint, fix }, index) => {
      expect(`${message} ${hint ?? ""} ${fix?.text ?? ""}`).toContain(expected[index]?.[1]);
      expect(message).toMatch(/^[A-Z`]/);
    });
  });

  it.each(["http://x", "HTTPS://x/a", '"${env:URL}/a"', '"https${env:S}://a"', '"https://${env:HOST}/a"', '"http://x/${input.id}"'])("an address: %s", (url) => {
    expect(shapeText(flow(`tools: { t: { http: { method: GET, url: ${url} } } }\nsteps: [ { tool: t } ]`)).found).toEqual([]);
  });

  it("all problems of a file are found in one run", () => {
    const many = Array.from({ length: 200 }, (_, index) => `  - { id: a${index}, agent: [x] }`).join("\n");
    expect(shapeText(flow(`steps:\n${many}`)).found).toHaveLength(200);
  });

  it("fixes make the file shape", () => {
    for (const [text] of WRONG) {
      const { diagnostics } = shapeText(text);
      if (diagnostics.length === 0 || diagnostics.some(({ fix }) => fix === undefined)) continue;
      const fixed = diagnostics.toReversed().reduce((all, { fix }) => (fix === undefined ? all : all.slice(0, fix.span.start) + fix.text + all.slice(fix.span.end)), text);
      expect(shapeText(fixed).found, fixed).toEqual([]);
    }
  });
});

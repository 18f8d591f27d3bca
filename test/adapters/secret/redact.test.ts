import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { credentialsIn } from "../../../src/adapters/secret/credentials.js";
import { redactor } from "../../../src/adapters/secret/redact.js";

const html = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
const ascii = (text: string): string => text.replaceAll(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const json = (text: string): string => JSON.stringify(text).slice(1, -1);

describe("a secret is hidden in every form that a service repeats it in", () => {
  test.each<[string, (text: string) => string]>([
    ["itself", (text) => text],
    ["a url", encodeURIComponent],
    ["a path", encodeURI],
    ["a form", (text) => new URLSearchParams({ q: text }).toString().slice(2)],
    ["JSON", json],
    ["JSON in JSON", (text) => json(json(text))],
    ["JSON in JSON in JSON", (text) => json(json(json(text)))],
    ["JSON of ASCII", (text) => ascii(json(text))],
    ["JSON with slashes escaped", (text) => json(text).replaceAll("/", "\\/")],
    ["HTML", html],
  ])("%s", (_name, form) => {
    const secret = fc.string({ unit: fc.oneof(fc.constantFrom(...'"\\/\'<>& +%.$^*()[]{}|?=:\n\t#é€𝒳'), fc.string({ minLength: 1, maxLength: 1 })), minLength: 6, maxLength: 30 });
    fc.assert(
      fc.property(secret, (value) => {
        expect(redactor([value])(`\u0001${form(value)}\u0001`)).toBe("\u0001***\u0001");
      }),
    );
  });

  test("the longest first; short ones are left", () => {
    expect(redactor(["abcdef", "abcdefghi", "xy"])("abcdefghi abcdefgh xy")).toBe("*** ***gh xy");
  });

  test("a long run of backslashes takes no long time", () => {
    const began = performance.now();
    redactor(['"""""""x', "\\\\\\\\\\\\\\y"])("\\".repeat(300_000));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test("an address with a password holds the password, and what is sent of it", () => {
    expect(credentialsIn("https://ann:p%40ssword@host/x")).toEqual(["p@ssword", btoa("ann:p@ssword")]);
    expect(credentialsIn("https://host/x")).toEqual([]);
    expect(credentialsIn("no url")).toEqual([]);
  });
});

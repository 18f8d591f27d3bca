import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OUTSIDE } from "../../../src/cli/wire/outside.js";
import { compile } from "../../../src/compiler/compile.js";
import type { CodeEntry } from "../../../src/core/codes/entry.js";
import { CODES } from "../../../src/core/codes/table.js";

const codes = Object.entries(CODES);
const shown = codes.filter(([, { from }]) => from !== "run");

function found(text: string, { files = {} }: CodeEntry): { readonly errors: readonly string[]; readonly all: readonly string[] } {
  const { diagnostics } = compile({ entries: [{ path: "flow.yaml", text }], read: (path) => (Object.hasOwn(files, path) ? (files[path] ?? null) : null), outside: OUTSIDE });
  const list = (some: typeof diagnostics): readonly string[] => [...new Set(some.map(({ code }) => code))];
  return { errors: list(diagnostics.filter(({ severity }) => severity === "error")), all: list(diagnostics) };
}

describe("the diagnostics table", () => {
  it("has each code once: of two the later one would stand in the place of both", () => {
    const folder = new URL("../../../src/core/codes/", import.meta.url);
    const written = readdirSync(folder).flatMap((file) => [...readFileSync(new URL(file, folder), "utf8").matchAll(/^ {2}(FC\d{4}): /gm)].map(([, code]) => code));
    expect(written.toSorted()).toEqual(codes.map(([code]) => code).toSorted());
  });

  it.each(codes)("%s has what a reader needs", (code, { title, explain, bad, good, from }) => {
    expect(code).toMatch(/^FC\d{4}$/);
    expect(title).not.toMatch(/\.$/);
    expect(title.split(" ").length).toBeLessThanOrEqual(12);
    expect(explain).toMatch(/[.`)]$/);
    if (from !== "run") expect(bad !== "" && good !== "").toBe(true);
  });
});

describe("its examples, through all phases", () => {
  it.each(shown)("%s: the bad one has this problem and no other error", (code, entry) => {
    const { errors, all } = found(entry.bad, entry);
    expect(all).toContain(code);
    expect(errors).toEqual(entry.severity === "error" ? [code] : []);
  });

  it.each(shown)("%s: the good one has no problem", (_code, entry) => {
    expect(found(entry.good, entry).all).toEqual([]);
  });
});

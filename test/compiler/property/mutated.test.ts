import { globSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { formatJson } from "../../../src/cli/format/json.js";
import { formatText } from "../../../src/cli/format/text.js";
import { OUTSIDE } from "../../../src/cli/wire/outside.js";
import { compile } from "../../../src/compiler/compile.js";

const root = join(import.meta.dirname, "../../..");
const texts = new Map(["flows/**/*.yaml", "templates/**/flow.yaml", "test/compiler/**/*.ok.yaml", "test/compiler/plan/*.yaml"].flatMap((pattern) => globSync(join(root, pattern))).map((path) => [relative(root, path), readFileSync(path, "utf8")] as const));
const bases = [...texts].filter(([, text]) => text.startsWith("flowctl:") || text.includes("\nflowctl:"));
const tokens = [...new Set(bases.flatMap(([, text]) => text.match(/\w+|[^\w\s]+/g) ?? []))];

const known = new Map<string, string | null>();
function read(path: string): string | null {
  const text = known.get(path) ?? (statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true ? readFileSync(join(root, path), "utf8") : null);
  known.set(path, text);
  return text;
}

type Change = (text: string) => string;
/** A place as a share of the text, so that it means the same while a failure shrinks. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const onLines = (edit: (lines: string[], at: number, other: number) => string[]): fc.Arbitrary<Change> =>
  fc.tuple(place, place).map(([at, other]) => (text) => {
    const lines = text.split("\n");
    return edit(lines, Math.floor(at * lines.length), Math.floor(other * lines.length)).join("\n");
  });
const insert = (what: fc.Arbitrary<string>): fc.Arbitrary<Change> => fc.tuple(place, what).map(([at, piece]) => (text) => text.slice(0, Math.floor(at * text.length)) + piece + text.slice(Math.floor(at * text.length)));

const change: fc.Arbitrary<Change> = fc.oneof(
  onLines((lines, at) => lines.toSpliced(at, 1)),
  onLines((lines, at) => lines.toSpliced(at, 0, lines[at] ?? "")),
  onLines((lines, at, to) => lines.with(at, lines[to] ?? "").with(to, lines[at] ?? "")),
  onLines((lines, at, to) => lines.with(at, (lines[at] ?? "").trimStart().padStart((to % 12) + 2))),
  fc.tuple(place, fc.constantFrom(...tokens, "${", "}", "__proto__", "&a", "*a", "null", "-1", "1e400", "NaN")).map(([at, token]) => (text: string) => {
    const found = [...text.matchAll(/\w+|[^\w\s]+/g)];
    const hit = found[Math.floor(at * found.length)];
    return hit === undefined ? text : text.slice(0, hit.index) + token + text.slice(hit.index + hit[0].length);
  }),
  insert(fc.constantFrom(..."{}[],:#&*!|>'\"%@`?-\n\t \\$", "\ufeff", "\u0000", "\ud800", "😀", "\r\n", "---\n", "...\n", "\u2028", "<<: *a", "? ")),
  insert(fc.string({ maxLength: 4 })),
  place.map((at) => (text: string) => text.slice(0, Math.floor(at * text.length))),
);

it("flows with random changes never crash the compiler nor what prints its problems", () => {
  fc.assert(
    fc.property(fc.constantFrom(...bases), fc.array(change, { minLength: 1, maxLength: 4 }), ([path, base], changes) => {
      const text = changes.reduce((now, apply) => apply(now), base);
      const { diagnostics, sources } = compile({ entries: [{ path, text }], read: (asked) => (asked === path ? text : read(asked)), outside: OUTSIDE });
      for (const { code, message, span, related, fix } of diagnostics) {
        if (code === "FC9000") throw new Error(`${message}\n${text}`);
        for (const one of [span, ...related.map((note) => note.span), ...(fix === undefined ? [] : [fix.span])]) {
          expect(sources.has(one.file), `${code} names a file that was read: ${one.file}`).toBe(true);
          expect(0 <= one.start && one.start <= one.end && one.end <= (sources.get(one.file)?.length ?? -1), `${code} ${JSON.stringify(one)}`).toBe(true);
        }
      }
      formatText(diagnostics, sources, true);
      JSON.parse(formatJson(diagnostics, sources));
    }),
    { numRuns: 500 },
  );
});

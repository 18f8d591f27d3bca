import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { formatText } from "../../src/cli/format/text.js";
import { compile } from "../../src/compiler/compile.js";

const folder = join(import.meta.dirname, "rules");
const texts = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !name.startsWith("_")).map((name) => readFileSync(join(folder, name), "utf8"));
const shared = readFileSync(join(folder, "_shared.yaml"), "utf8");
const words = texts.flatMap((text) => text.match(/\w+|[^\w\s]/g) ?? []);

/** Takes words out, puts others in their place, doubles and drops lines. */
const change = fc.oneof(
  fc.record({ kind: fc.constant("word" as const), at: fc.nat(), word: fc.constantFrom(...new Set(words), "", "__proto__", "${", "null", "[]", "{}", "1e999", "\t", "\u0000") }),
  fc.record({ kind: fc.constantFrom("double" as const, "drop" as const, "indent" as const), at: fc.nat() }),
);

function mutate(text: string, changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[]): string {
  return changes.reduce((now, one) => {
    if (one.kind === "word") {
      const found = [...now.matchAll(/\w+|[^\w\s]/g)];
      const hit = found[one.at % Math.max(1, found.length)];
      return hit === undefined ? now : now.slice(0, hit.index) + one.word + now.slice(hit.index + hit[0].length);
    }
    const lines = now.split("\n");
    const at = one.at % lines.length;
    const line = lines[at] ?? "";
    return lines.toSpliced(at, 1, ...(one.kind === "drop" ? [] : one.kind === "double" ? [line, line] : [`  ${line}`])).join("\n");
  }, text);
}

it("mutated flows never crash the compiler, and every problem has its place", () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }), (base, changes) => {
      const text = mutate(base, changes);
      const { diagnostics, sources, flows } = compile({ entries: [{ path: "flow.yaml", text }], read: (path) => (path.endsWith("_shared.yaml") ? shared : null) });
      for (const { code, message, span } of diagnostics) {
        if (code === "FC9000") throw new Error(`${message}\n${text}`);
        expect(span.start).toBeLessThanOrEqual(span.end);
        expect(span.end).toBeLessThanOrEqual(sources.get(span.file)?.length ?? 0);
      }
      formatText(diagnostics, sources);
      const wrong = diagnostics.some(({ severity, span }) => severity === "error" && span.file === "flow.yaml");
      if (!wrong) expect(flows.every(({ plan }) => plan !== null)).toBe(true);
    }),
    { numRuns: 600 },
  );
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { keyPaths } from "../../../src/compiler/shape/definitions/lookup.js";
import { formatFlow } from "../../../src/compiler/shape/format.js";
import { shapeText } from "./shape-text.js";

const names = [...new Set(keyPaths().flatMap((path) => path.split(".")))];
const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.constantFrom("uses", "stpes", "a-b", "x", "") });
const scalar = fc.oneof(fc.constantFrom(null, true, 0, 1.5, -1, "", "a", "a-b", "10s", "all", "${x}", "v1", "sqlite:x", "forever"), fc.string({ maxLength: 5 }));
const { tree } = fc.letrec<{ tree: unknown; list: unknown; map: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, { weight: 2, arbitrary: scalar }, tie("list"), { weight: 3, arbitrary: tie("map") }),
  list: fc.array(tie("tree"), { maxLength: 3 }),
  map: fc.array(fc.tuple(key, tie("tree")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
}));

it("any tree of any keys is shaped or reported, at a place in the file", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, tree), { maxLength: 6 }), (entries) => {
      const text = JSON.stringify({ flowctl: "v1", flow: "a", ...Object.fromEntries(entries) }, null, 1);
      const { diagnostics } = shapeText(text);
      for (const { span, message, fix } of diagnostics) {
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeLessThanOrEqual(text.length);
        expect(message).not.toMatch(/undefined|\[object/);
        if (fix !== undefined) expect(fix.span.end).toBeLessThanOrEqual(text.length);
      }
      formatFlow({ path: "flow.yaml", text });
    }),
    { numRuns: 500 },
  );
});

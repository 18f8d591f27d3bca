import { expect, test } from "vitest";
import { parseYaml } from "../../../src/compiler/parse/parse.js";

test.each(["steps:\n  - emit:", "a: 1\n- ", "a: 1\nb", "x: [1, ", "- \n- "])("problems of %j lie in the text", (whole) => {
  for (let end = 0; end <= whole.length; end++) {
    const text = whole.slice(0, end);
    for (const { span } of parseYaml({ path: "f", text }).diagnostics) {
      expect(span.start).toBeLessThanOrEqual(span.end);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }
  }
});

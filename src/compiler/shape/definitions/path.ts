import type { Located } from "../ast.js";
import { built, type Form } from "../forms/form.js";
import { plain } from "../forms/scalars.js";

const SEGMENT = /^([A-Za-z0-9._~-]+|\{[A-Za-z_][A-Za-z0-9_]*\})$/;

/** The path of a request, whose segments are words or fields in braces. */
export const PATH: Form<Located<string>> = built(plain("a path"), (text, _node, at) => {
  const problem = problemOf(text.value);
  if (problem === null) return text;
  at.report("FC2042", text.span, `\`${text.value}\` is no path for a request: ${problem}`, { hint: "write `/orders`, or `/orders/{id}` with a field of the input" });
  return undefined;
});

function problemOf(path: string): string | null {
  if (!path.startsWith("/")) return "it begins with `/`";
  if (path === "/") return null;
  const segments = path.slice(1).split("/");
  const wrong = segments.find((segment) => !SEGMENT.test(segment));
  if (wrong !== undefined) return wrong === "" ? "a segment is empty" : `\`${wrong}\` is neither a word nor a field in braces`;
  const fields = segments.filter((segment) => segment.startsWith("{"));
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice !== undefined) return `\`${twice}\` stands in it twice`;
  return segments[0] === "runs" ? "below `/runs` flowctl says itself how runs ended" : null;
}

import { printPlainScalar } from "../../parse/print-scalar.js";
import type { Node } from "../../parse/tree.js";
import type { Outline, Reading } from "./form.js";
import { found, label } from "./label.js";

/** Reports FC2004, with an example of the form; a list where one value is wanted, or one value where a list is, comes with the fix. */
export function wrongForm(node: Node, outline: Outline, at: Reading, hint?: string): undefined {
  const bare = unquoted(node, outline);
  const fix = bare ?? bracketFix(node, outline);
  const is = node.kind === "scalar" && node.value === null ? "is empty" : bare === undefined ? `is ${found(node)}` : `is the text \`"${bare.text}"\``;
  at.report("FC2004", node.span, `${at.what} wants ${label(outline)}, but ${is}`, {
    hint: hint ?? (fix === undefined ? (emptyHint(node, outline) ?? exampleHint(at)) : `write ${fix.text}`),
    fix,
  });
  return undefined;
}

const exampleHint = ({ example }: Reading): string | undefined => (example === undefined ? undefined : `for example \`${example}\``);

const wants = (outline: Outline, is: Outline["is"]): boolean =>
  outline.is === is || (outline.is === "either" && outline.of.some((each) => wants(each, is))) || (outline.is === "named" && wants(outline.get(), is));

function bracketFix(node: Node, outline: Outline) {
  if (node.kind === "scalar" && node.style === "plain" && node.value !== null && outline.is === "list") {
    return printPlainScalar(node.text) === node.text ? { span: node.span, text: `[${node.text}]` } : undefined;
  }
  const only = node.kind === "list" && node.items.length === 1 ? node.items[0] : undefined;
  if (only?.kind === "scalar" && only.style === "plain" && !wants(outline, "list") && !wants(outline, "keys") && !wants(outline, "record")) {
    return { span: node.span, text: only.text };
  }
  return undefined;
}

/** `"true"` and `"3"` are texts. */
function unquoted(node: Node, outline: Outline) {
  if (node.kind !== "scalar" || node.style === "plain") return undefined;
  const bare = (wants(outline, "boolean") && /^(true|false)$/.test(node.text)) || (wants(outline, "number") && /^-?\d+(\.\d+)?$/.test(node.text));
  return bare ? { span: node.span, text: node.text } : undefined;
}

function emptyHint(node: Node, outline: Outline): string | undefined {
  if (node.kind !== "scalar" || node.value !== null) return undefined;
  if (wants(outline, "keys") || wants(outline, "record")) return "write `{}` where all defaults will do, or leave the key out";
  return wants(outline, "list") ? "write `[]` for an empty list, or leave the key out" : "give a value, or leave the key out";
}

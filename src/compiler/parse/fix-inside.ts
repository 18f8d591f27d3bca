import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { printPlainScalar, printYamlScalar } from "./print-scalar.js";
import type { ScalarNode } from "./tree.js";

type Fix = NonNullable<Diagnostic["fix"]>;

/** The place in the file of characters start..end of a scalar's text: up to where the next one begins, for an escape is several. */
export const textSpan = (node: ScalarNode, start: number, end: number): Span => ({
  file: node.span.file,
  start: node.offsetOf(start),
  end: node.offsetOf(Math.max(start, end)),
});

/** `put` in the place of characters start..end of a scalar's text, as its quotes want it: the file must still parse. */
export function fixInside(node: ScalarNode, start: number, end: number, put: string): Fix {
  const span = textSpan(node, start, end);
  switch (node.style) {
    case "single":
      return { span, text: put.replaceAll("'", "''") };
    case "double":
      return { span, text: JSON.stringify(put).slice(1, -1) };
    case "plain": {
      const whole = node.text.slice(0, start) + put + node.text.slice(end);
      return needsQuotes(node.text, whole) ? { span: node.span, text: printYamlScalar(whole) } : { span, text: put };
    }
    case "block":
      return { span, text: put };
  }
}

/** What `text` has stood there without quotes: a bracket in it says that the scalar is in no flow map. */
function needsQuotes(text: string, whole: string): boolean {
  const begins = (one: string): boolean => /^[-?:,[\]{}#&*!|>'"%@`]/.test(one);
  const holds = (sign: RegExp): boolean => sign.test(whole) && !sign.test(text);
  return holds(/[,[\]{}]/) || holds(/: | #|:$/) || (begins(whole) && !begins(text));
}

/** `text` in the place of a whole value. */
export const fixWhole = (span: Span, quoted: boolean, text: string): Fix => ({ span, text: quoted ? printYamlScalar(text) : printPlainScalar(text) });

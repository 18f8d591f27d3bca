const INTEGER = /^[-+]?[0-9]+$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const OCTAL = /^0o[0-7]+$/;
const HEX = /^0x[0-9a-fA-F]+$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ["", null], ["~", null], ["null", null], ["Null", null], ["NULL", null],
  ["true", true], ["True", true], ["TRUE", true],
  ["false", false], ["False", false], ["FALSE", false],
]);

/**
 * What an unquoted scalar is in YAML 1.2's core schema: `yes`, `no`, `on` and `off` are text.
 * A number that JSON's doubles cannot hold comes back as `inexact`.
 */
export function scalarValue(text: string): string | number | boolean | null | { readonly inexact: string } {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const numeric = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (!numeric) return text;
  if (NOT_FINITE.test(text)) return { inexact: text };
  if (INTEGER.test(text) || HEX.test(text) || OCTAL.test(text)) {
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : { inexact: text };
  }
  if (!FLOAT.test(text)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : { inexact: text };
}

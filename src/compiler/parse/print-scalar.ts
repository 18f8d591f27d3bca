/**
 * A YAML scalar that reads back as `text` wherever a value may stand, flow maps included:
 * double quotes, or single ones where these need no escapes and double ones would.
 */
export function printYamlScalar(text: string): string {
  const double = JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escapeCode);
  const escaped = double.length !== text.length + 2;
  return escaped && !/['\p{Cc}\u2028\u2029\ufeff]/u.test(text) ? `'${text}'` : double;
}

/** The same where YAML needs no quotes either, flow maps included: then without them. */
export const printPlainScalar = (text: string): string => (PLAIN.test(text) && !/: | #|:$| $/.test(text) && !NO_TEXT.test(text) ? text : printYamlScalar(text));

/** No bracket or comma, and no sign in front that means something to YAML. */
const PLAIN = /^[^\s\-?:,[\]{}#&*!|>'"%@`][^,[\]{}\p{Cc}]*$/u;
/** Read as null, a boolean or a number. */
const NO_TEXT = /^(~|null|true|false|[-+.]?\d.*|[-+]?\.(inf|nan))$/i;

const escapeCode = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

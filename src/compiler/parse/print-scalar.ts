/**
 * A YAML scalar that reads back as `text` wherever a value may stand, flow maps included:
 * double quotes, or single ones where these need no escapes and double ones would.
 */
export function printYamlScalar(text: string): string {
  const double = JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escapeCode);
  const escaped = double.length !== text.length + 2;
  return escaped && !/['\p{Cc}\u2028\u2029\ufeff]/u.test(text) ? `'${text}'` : double;
}

const escapeCode = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Values shorter than this are not looked for: hiding every `a` of a log would say more than it hides. */
const SHORTEST = 6;

/** Replaces every secret in a text by `***`, the longest first, as itself and as it stands in a URL, in JSON, in JSON inside of JSON, in HTML. */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const patterns = [...secrets]
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
    .map((secret) => Array.from(secret.matchAll(/\\+|[^]/gu), ([part]) => (part.startsWith("\\") ? backslashes(part.length) : patternOf(part))).join(""));
  if (patterns.length === 0) return (text) => text;
  const pattern = new RegExp(patterns.join("|"), "g");
  return (text) => text.replace(pattern, "***");
}

/** Every form that a character is written in. */
function patternOf(character: string): string {
  if (/[\w-]/.test(character)) return character;
  // What stands for `%` or `&` begins with it: the longer forms first.
  return `(?:${[percentEncoded(character), unicodeEscaped(character), ...entities(character), ...literal(character)].join("|")})`;
}

/** All of a run at once: there would be too many ways to share the written ones out. */
const backslashes = (count: number): string => String.raw`(?:\\{${count},${count * 15}}|(?:%5[cC]){${count}}|(?:${SLASHES}u005[cC]){${count}})`;

/** Four levels of JSON put fifteen backslashes before a quote. Without a limit long runs of them would be read again and again. */
const SLASHES = String.raw`\\{1,15}`;
const LETTERS: ReadonlyMap<string, string> = new Map([["\n", "n"], ["\r", "r"], ["\t", "t"]]);

function literal(character: string): readonly string[] {
  const plain = character.replace(/[$^.*+?()[\]{}|/]/, String.raw`\$&`);
  if (character === " ") return [plain, String.raw`\+`];
  const letter = LETTERS.get(character);
  return letter === undefined ? [`(?:${SLASHES})?${plain}`] : [plain, SLASHES + letter];
}

const percentEncoded = (character: string): string => Array.from(new TextEncoder().encode(character), (byte) => `%${anyCase(byte.toString(16).padStart(2, "0"))}`).join("");

const unicodeEscaped = (character: string): string =>
  character.split("").map((unit) => `${SLASHES}u${anyCase(unit.charCodeAt(0).toString(16).padStart(4, "0"))}`).join("");

const NAMED: ReadonlyMap<string, string> = new Map([['"', "&quot;"], ["'", "&apos;"], ["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"]]);

function entities(character: string): readonly string[] {
  const named = NAMED.get(character);
  const code = character.codePointAt(0) ?? 0;
  return [`&#0*${code};`, `&#[xX]0*${anyCase(code.toString(16))};`, ...(named === undefined ? [] : [named])];
}

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

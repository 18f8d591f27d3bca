import { CODES } from "../../core/codes/table.js";
import type { Code } from "../../core/diagnostic.js";
import { similar } from "../../core/typing/similar.js";
import { explainKey, keyPaths, keysNamed, type ExplainedKey } from "../../compiler/shape/definitions/lookup.js";

/** The page of a code or a key; null where there is none. */
export function explain(topic: string, json: boolean): string | null {
  return /^fc\d+$/i.test(topic) ? explainCode(topic.toUpperCase(), json) : explainPath(topic, json);
}

/** What may have been meant by a key: keys of this name that stand elsewhere, some of them, or the one that is spelt like it. */
export function meant(topic: string): readonly string[] {
  const named = keysNamed(topic.split(".").at(-1) ?? "");
  if (named.length > 0) return named.slice(0, 6);
  const known = keyPaths();
  const found = similar(topic, known) ?? similar(topic.split(".").at(-1) ?? "", known.map((path) => path.split(".").at(-1) ?? ""));
  return found === null ? [] : known.includes(found) ? [found] : keysNamed(found).slice(0, 6);
}

const isCode = (text: string): text is Code => Object.hasOwn(CODES, text);

function explainCode(code: string, json: boolean): string | null {
  const entry = isCode(code) ? CODES[code] : undefined;
  if (entry === undefined) return null;
  const { severity, title, explain: text, bad, good, files } = entry;
  if (json) return `${JSON.stringify({ code, severity, title, explain: text, bad, good, ...(files === undefined ? {} : { files }) }, null, 2)}\n`;
  const examples = bad === "" ? "" : `\nNot so:\n\n${indent(bad)}\nBut so:\n\n${indent(good)}`;
  return `${code} (${severity}): ${title}\n\n${wrap(text)}\n${examples}`;
}

function explainPath(path: string, json: boolean): string | null {
  const key = explainKey(path);
  if (key === null) return null;
  return json ? `${JSON.stringify(key, null, 2)}\n` : keyText(key);
}

function keyText({ path, file, form, required, default: fallback, description, example, supported, keys }: ExplainedKey): string {
  const rows = [
    ...(supported ? [] : ["Not supported by this version."]),
    `form:     ${form}`,
    ...(fallback === undefined ? [] : [`default:  ${fallback}`]),
    ...(example === undefined ? [] : [`example:  ${example}`]),
    ...(keys.length === 0 ? [] : [`keys:     ${keys.join(", ")}`]),
  ];
  return `${path}${required ? " (required)" : ""}, a key of ${file === "flow" ? "a flow file" : "flowctl.yaml"}\n\n${wrap(description)}\n\n${rows.map((row) => `${wrap(row)}\n`).join("")}`;
}

const indent = (text: string): string => text.trimEnd().split("\n").map((line) => `    ${line}\n`).join("");

/** At 100 columns. */
function wrap(text: string): string {
  return text.split("\n").map((line) => line.replace(/(.{1,100})(?:\s+|$)/g, "$1\n").trimEnd()).join("\n");
}

import { CODES } from "../../core/codes/table.js";
import type { Code } from "../../core/diagnostic.js";
import { explainKey } from "../../compiler/shape/definitions/lookup.js";

/** The page of a code or a key; null where there is none. */
export function explain(topic: string, json: boolean): string | null {
  return /^fc\d+$/i.test(topic) ? explainCode(topic.toUpperCase(), json) : explainPath(topic, json);
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
  return json ? `${JSON.stringify(key, null, 2)}\n` : `${wrap(Object.entries(key).flatMap(([name, value]) => (value === undefined || value === null || (Array.isArray(value) && value.length === 0) ? [] : [`${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`])).join("\n"))}\n`;
}

const indent = (text: string): string => text.trimEnd().split("\n").map((line) => `    ${line}\n`).join("");

/** At 100 columns. */
function wrap(text: string): string {
  return text.split("\n").map((line) => line.replace(/(.{1,100})(?:\s+|$)/g, "$1\n").trimEnd()).join("\n");
}

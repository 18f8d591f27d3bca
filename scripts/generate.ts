import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { flowSchema, projectSchema } from "../src/compiler/shape/editor-schema.js";
import { errorPage } from "./error-page.js";
import { referencePages } from "./reference-page.js";

/** Everything that is made from the definitions and the diagnostics table, by path. */
export const generated = (): Readonly<Record<string, string>> => ({
  "schemas/flow.schema.json": json(flowSchema()),
  "schemas/project.schema.json": json(projectSchema()),
  "docs/errors.md": errorPage(),
  ...Object.fromEntries(Object.entries(referencePages()).map(([name, text]) => [`docs/reference/${name}`, text])),
});

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Writes what is not current; with `check` only says so. True when all is well. */
export function generate(check: boolean): boolean {
  const stale = Object.entries(generated()).filter(([path, text]) => text !== current(path));
  for (const [path, text] of stale) {
    console.log(`${check ? "not current" : "wrote"} ${path}`);
    if (check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return !check || stale.length === 0;
}

function current(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

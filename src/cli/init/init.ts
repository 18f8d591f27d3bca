import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Template } from "../commands/init.js";
import { CommandError, EXIT } from "../exit.js";
import { quoted } from "../operator/typed.js";
import { print } from "../terminal.js";

/** Copies a template, and beside it the schema that its first line gives to the editor; never over a file that is there. */
export async function init(dir: string, template: Template): Promise<void> {
  const source = packaged(`templates/${template}`);
  const own = filesBelow(source);
  const files = [...own, SCHEMA].sort();
  const taken = files.filter((file) => existsSync(join(dir, file)));
  if (taken.length > 0) {
    throw new CommandError(EXIT.usage, `\`${join(dir, taken[0] ?? "")}\` is already there`, "choose an empty folder: flowctl writes over nothing");
  }
  mkdirSync(dir, { recursive: true });
  for (const file of own) write(join(source, file), join(dir, file));
  write(packaged(`schemas/${SCHEMA}`), join(dir, SCHEMA));
  const input = files.find((file) => file.startsWith("input."));
  const offline = files.includes("flowctl.yaml") ? " --profile offline" : "";
  const enter = dir === "." ? "" : `  cd ${quoted(dir)}\n`;
  await print(`${files.map((file) => `wrote ${join(dir, file)}\n`).join("")}\nNext:\n${enter}  flowctl validate flow.yaml${offline}\n  flowctl run flow.yaml -i ${input}${offline}\n`);
}

const SCHEMA = "flow.schema.json";

/** With the mode that new files have here: where the package is, it may be one that nobody can write to. */
function write(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from));
}

/** The bundle is in dist/cli, two folders below the package. */
const packaged = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function filesBelow(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}

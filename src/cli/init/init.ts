import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Template } from "../commands/init.js";
import { CommandError, EXIT } from "../exit.js";
import { print } from "../terminal.js";

/** Copies a template; never over a file that is there. */
export async function init(dir: string, template: Template): Promise<void> {
  const source = templateFolder(template);
  const files = filesBelow(source);
  const taken = files.filter((file) => existsSync(join(dir, file)));
  if (taken.length > 0) {
    throw new CommandError(EXIT.usage, `\`${join(dir, taken[0] ?? "")}\` is already there`, "choose an empty folder: flowctl writes over nothing");
  }
  mkdirSync(dir, { recursive: true });
  for (const file of files) cpSync(join(source, file), join(dir, file));
  const input = files.find((file) => file.startsWith("input."));
  const offline = files.includes("flowctl.yaml") ? " --profile offline" : "";
  const enter = dir === "." ? "" : `  cd ${dir}\n`;
  await print(`${files.map((file) => `wrote ${join(dir, file)}\n`).join("")}\nNext:\n${enter}  flowctl validate flow.yaml${offline}\n  flowctl run flow.yaml -i ${input}${offline}\n`);
}

/** The bundle is in dist/cli, two folders below the package. */
const templateFolder = (template: Template): string => fileURLToPath(new URL(`../../templates/${template}`, import.meta.url));

function filesBelow(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}

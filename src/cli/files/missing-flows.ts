import { glob } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { similar } from "../../core/typing/similar.js";
import { isProjectFile } from "./project-file.js";
import type { Project } from "./project.js";

/** Patterns of `flows` that fit no file: a misspelt one would leave its flows out, or where it is alone stand for all there are. */
export async function missingFlows({ folder, file }: Project): Promise<readonly Diagnostic[]> {
  const checked = (file?.flows ?? []).map(async ({ value, span }) => ((await first(value, folder)) === null ? [report("FC2020", span, `No file fits \`${value}\``, { hint: await hint(value, folder) })] : []));
  return (await Promise.all(checked)).flat();
}

/** Stops there: below a folder there may be much. */
async function first(pattern: string, cwd: string): Promise<string | null> {
  for await (const path of glob(pattern, { cwd })) if (!isProjectFile(path)) return path;
  return null;
}

async function hint(pattern: string, cwd: string): Promise<string> {
  const beside: string[] = [];
  if (!/[*?{[]/.test(pattern)) for await (const path of glob("*.{yaml,yml}", { cwd: join(cwd, dirname(pattern)) })) beside.push(path);
  const near = similar(basename(pattern), beside.filter((name) => !isProjectFile(name)));
  return near === null ? "paths are relative to the folder of the project file; `flows/**/*.yaml` stands for all files below `flows`" : `did you mean \`${join(dirname(pattern), near)}\`?`;
}

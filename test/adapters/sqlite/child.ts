import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const at = (name: string): string => fileURLToPath(new URL(`./modules/${name}`, import.meta.url));

/** The program that appends, as a process of its own, and what it prints. `blocks` limits its files, in KB. */
export function appending(path: string, run: string, { blocks = null, characters = 10 }: { readonly blocks?: number | null; readonly characters?: number } = {}): { readonly child: ChildProcess; readonly lines: AsyncIterable<string> } {
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--import", at("from-sources.mjs"), at("append.ts"), path, run, String(characters)];
  const child = spawn("bash", ["-c", `${blocks === null ? "" : `ulimit -f ${blocks}; `}exec "$@"`, "bash", ...node], { stdio: ["ignore", "pipe", "inherit"] });
  return { child, lines: createInterface({ input: child.stdout }) };
}

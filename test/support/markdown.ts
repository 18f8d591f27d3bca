import { readFileSync } from "node:fs";

/** A fenced block of a Markdown file: ```lang key=value … */
export interface Fence {
  readonly lang: string;
  readonly options: Readonly<Record<string, string>>;
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export function fences(path: string): readonly Fence[] {
  const found: Fence[] = [];
  let open: { lang: string; options: Record<string, string>; lines: string[]; line: number } | null = null;
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      found.push({ lang: open.lang, options: open.options, text: `${open.lines.join("\n")}\n`, line: open.line });
      open = null;
    } else {
      const [lang = "", ...words] = (fence[1] ?? "").split(/\s+/);
      open = { lang, options: Object.fromEntries(words.map((word) => [word.split("=", 1)[0] ?? "", word.slice(word.indexOf("=") + 1)])), lines: [], line: index + 1 };
    }
  }
  if (open) throw new Error(`${path}:${open.line}: the fence is not closed`);
  return found;
}

/** Commands of a ```console block: `$ command` and what it prints; a line `…` stands for any lines. */
export function commands(fence: Fence): readonly { readonly command: string; readonly prints: readonly string[] }[] {
  const found: { command: string; prints: string[] }[] = [];
  for (const line of fence.text.trimEnd().split("\n")) {
    if (line.startsWith("$ ")) found.push({ command: line.slice(2), prints: [] });
    else found.at(-1)?.prints.push(line);
  }
  return found;
}

/** A command that only looks: while a process works in the background it comes to print what is shown. */
export const looks = (command: string): boolean => /^(?:cd \S+ && )?(?:cat |tail |flowctl (?:runs (?:list|show)|topics (?:list|tail)|dlq (?:list|show)|doctor)\b)/.test(command);

/** Whether lines are as shown; `…` alone on a line stands for any number of lines, inside a line for any text. */
export function asShown(shown: readonly string[], lines: readonly string[]): boolean {
  const pattern = shown
    .map((line) => (line.trim() === "…" ? "(?:[^\\n]*\\n)*?" : `${line.trimEnd().split("…").map(escape).join("[^\\n]*?")}[ ]*\\n`))
    .join("");
  return new RegExp(`^${pattern}$`).test(lines.map((line) => `${line}\n`).join(""));
}
const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

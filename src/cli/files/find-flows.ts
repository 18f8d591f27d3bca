import { closeSync, globSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, normalize, resolve } from "node:path";
import { messageOf } from "../../core/message-of.js";
import { MAX_LENGTH } from "../../compiler/parse/text-check.js";
import { CommandError, EXIT } from "../exit.js";
import { isProjectFile } from "./project-file.js";

/**
 * Turns what stands on the command line into flow files, sorted, each once:
 * a file as it is, `folder` for the flow files in it, `folder/...` for those below it too, a glob, `-` for stdin.
 * A file found in a folder counts when it says `flowctl:` at its top; the project file and scenario files do not.
 */
export function findFlows(patterns: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const file of patterns.flatMap(expand)) {
    const path = resolve(file);
    if (!found.has(path)) found.set(path, normalize(file));
  }
  return [...found.values()];
}

function expand(pattern: string): readonly string[] {
  if (pattern === "-") return ["-"];
  const deep = pattern === "..." || pattern.endsWith("/...");
  if (deep) {
    const folder = pattern === "..." ? "." : pattern.slice(0, -4) || "/";
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new CommandError(EXIT.usage, `there is no folder \`${folder}\``, "`folder/...` stands for all flow files below it");
    return some(pattern, flowFilesIn(folder, true));
  }
  const stat = statSync(pattern, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return some(pattern, flowFilesIn(pattern, false));
  if (stat) return [pattern];
  if (/[*?{[]/.test(pattern)) return some(pattern, globSync(pattern).sort().filter(isFlowFile));
  const [file] = pattern.split("#");
  if (file !== undefined && file !== pattern && statSync(file, { throwIfNoEntry: false })?.isFile()) return [pattern];
  throw new CommandError(EXIT.usage, `there is no file or folder \`${pattern}\``, "name a flow file, a folder, `folder/...` for all below it, or `-` for stdin");
}

function some(pattern: string, files: readonly string[]): readonly string[] {
  if (files.length > 0) return files;
  throw new CommandError(EXIT.usage, `\`${pattern}\` holds no flow files`, "a flow file is a .yaml file whose first key is `flowctl: v1`");
}

const SKIPPED = new Set(["node_modules", "dist"]);

function flowFilesIn(folder: string, deep: boolean): string[] {
  const files: string[] = [];
  for (const entry of told(folder, () => readdirSync(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (deep && !SKIPPED.has(entry.name) && !entry.name.startsWith(".")) files.push(...flowFilesIn(path, true));
    } else if (/\.ya?ml$/.test(entry.name) && isFlowFile(path)) {
      files.push(path);
    }
  }
  return files;
}

/** What is another user's may hold flows: it is not passed over. */
function told<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CommandError(EXIT.infrastructure, `\`${path}\` cannot be read, and may hold flows: ${messageOf(cause)}`, "name the flows' files or folders, on the command line or as `flows:` in flowctl.yaml: then it is not looked into");
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** As much as a flow file can be, and no more: a folder may hold dumps that are YAML by name. */
function beginOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const begin = Buffer.allocUnsafe(Math.min(statSync(path).size + 1, 3 * MAX_LENGTH));
    let length = 0;
    for (let read = -1; read !== 0 && length < begin.length; length += read) read = readSync(file, begin, length, begin.length - length, null);
    return begin.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}

function isFlowFile(path: string): boolean {
  if (isProjectFile(path)) return false;
  // In a folder there is more than files that can be read: sockets, pipes, links to nowhere.
  if (!isFile(path)) return false;
  const text = told(path, () => beginOf(path));
  // Editors may begin a file with a byte order mark.
  return /^\ufeff?flowctl[ \t]*:/m.test(text) && !/^\ufeff?test[ \t]*:/m.test(text);
}

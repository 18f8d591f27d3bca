import { mkdir, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InfraError } from "../../core/errors.js";
import { isJsonObject } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { CassetteError, readRecording, readYaml } from "./document.js";
import type { Recording } from "./recording.js";

/** The recorded calls of one file, in its order. */
export interface Cassette {
  readonly path: string;
  /** The file's text before the first call. */
  readonly head: string;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly recording: Recording;
  /** Where it stands in the file, from 1. */
  readonly line: number;
  /** As it was written, perhaps by hand. */
  readonly text: string;
}

export const HEAD = `# Calls of models and HTTP tools, recorded by \`flowctl run --record\` and answered by \`--replay\`: one document a call.
# A request that equals a recorded one gets its answer. Several answers of equal requests are given in their order, then
# the last one again. Secrets are not in this file.
cassette: v1
`;

/** Null where there is no such file. Rejects with FC6005, and the place, for what is no cassette. */
export async function readCassette(path: string): Promise<Cassette | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw new InfraError("FC6005", `The cassette \`${path}\` cannot be read: ${messageOf(cause)}.`, { cause });
  }
  try {
    return { path, ...partsOf(text) };
  } catch (cause) {
    if (!(cause instanceof CassetteError)) throw cause;
    throw new InfraError("FC6005", `The cassette \`${path}:${cause.line}\` cannot be used: ${cause.message}.`, { hint: "Mend the place, or record the file again with `flowctl run --record`.", cause });
  }
}

/** `---` at the start of a line ends a document wherever it stands, so the text can be cut there without reading it. */
function partsOf(text: string): Omit<Cassette, "path"> {
  const [head = { text: "", line: 1 }, ...documents] = cut(text);
  const header = readYaml(head.text, head.line);
  if (!isJsonObject(header) || header["cassette"] !== "v1") throw new CassetteError("it does not begin with `cassette: v1`", 1);
  const entries = documents.flatMap((document) => {
    const recording = readRecording(document.text, document.line);
    return recording === null ? [] : [{ ...document, recording }];
  });
  return { head: head.text, entries };
}

function cut(text: string): readonly { readonly text: string; readonly line: number }[] {
  const documents: { text: string; line: number }[] = [];
  let lines: string[] = [];
  let first = 1;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^---(?:\s|$)/.test(line)) {
      documents.push({ text: `${lines.join("\n")}\n`, line: first });
      lines = [];
      first = index + 2;
    } else lines.push(line);
  }
  documents.push({ text: lines.at(-1) === "" ? lines.join("\n") : `${lines.join("\n")}\n`, line: first });
  return documents;
}

/** All of it or nothing: it is written beside the file, then takes its name. A link stays a link. */
export async function writeCassette(path: string, text: string): Promise<void> {
  let beside: string | null = null;
  try {
    await mkdir(dirname(path), { recursive: true });
    const target = await realpath(path).catch(() => path);
    beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    const file = await open(beside, "w");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (cause) {
    if (beside !== null) await rm(beside, { force: true });
    throw new InfraError("FC6005", `The cassette \`${path}\` cannot be written: ${messageOf(cause)}.`, { cause });
  }
}

import { readFileSync } from "node:fs";
import { messageOf } from "../../core/message-of.js";
import { CommandError, EXIT } from "../exit.js";

export interface FileReader {
  /** Null for a file that is not there, or cannot be read. `-` is what was read from stdin. */
  read(path: string): string | null;
  /** Fails where a file was there and could not be read: what was found without it says nothing of it. */
  needAll(): void;
}

/** Reads files for the compiler. */
export function fileReader(stdin: string | null): FileReader {
  let failed: CommandError | null = null;
  return {
    read(path) {
      if (path === "-") return stdin;
      try {
        return readFileSync(path, "utf8");
      } catch (error) {
        if (!isMissing(error)) failed ??= new CommandError(EXIT.infrastructure, `\`${path}\` cannot be read: ${messageOf(error)}`);
        return null;
      }
    },
    needAll() {
      if (failed !== null) throw failed;
    },
  };
}

/** Nothing is there, or nothing that a path could name. */
const NO_FILE = new Set<unknown>(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"]);

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && NO_FILE.has(error.code);

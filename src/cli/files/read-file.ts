import { readFileSync } from "node:fs";

/** Reads files for the compiler: null for one that is not there. `-` is what was read from stdin. */
export function fileReader(stdin: string | null): (path: string) => string | null {
  return (path) => {
    if (path === "-") return stdin;
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };
}

/** Nothing is there, or nothing that a path could name. */
const NO_FILE = new Set<unknown>(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"]);

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && NO_FILE.has(error.code);

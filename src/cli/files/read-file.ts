import { readFileSync } from "node:fs";

/** Reads files for the compiler: null for one that is not there. `-` is stdin, read once. */
export function fileReader(): (path: string) => string | null {
  let stdin: string | undefined;
  return (path) => {
    if (path === "-") return (stdin ??= readFileSync(0, "utf8"));
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR");

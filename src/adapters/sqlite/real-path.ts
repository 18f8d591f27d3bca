import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** One path for one file, whatever links lead to it, also where the file is not made yet. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const isDangling = error instanceof Error && "code" in error && error.code === "ENOENT" && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isDangling ? realPath(resolve(dirname(path), readlinkSync(path))) : path;
  }
}

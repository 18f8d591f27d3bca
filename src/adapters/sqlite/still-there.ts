import { statSync } from "node:fs";
import { InfraError } from "../../core/errors.js";

/**
 * Throws once the path leads to another file than it did, or to none: SQLite goes on with the file that it has open, and
 * what it says is durable would be gone with the process.
 */
export function stillThere(path: string): () => void {
  const opened = statSync(path);
  return () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now?.ino === opened.ino && now.dev === opened.dev) return;
    throw new InfraError("FC6012", `The database \`${path}\` was ${now === undefined ? "removed" : "replaced"} while this process worked on it.`, {
      hint: "End the process before the file is moved, removed or restored; what was acknowledged before is in the file that was there.",
    });
  };
}

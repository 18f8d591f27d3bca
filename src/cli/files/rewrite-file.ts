import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A folder that takes no new file, or a file that something else holds by its name, as a container's mount does. */
const ONLY_IN_PLACE: ReadonlySet<string> = new Set(["EACCES", "EBUSY", "EPERM"]);

/** Writes a user's file anew, whole or not at all where that can be: beside it, then under its name. A link stays one, and the mode stays. */
export function rewriteFile(path: string, text: string): void {
  const target = realpathSync(path);
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    writeFileSync(beside, text, { flush: true });
    chmodSync(beside, statSync(target).mode);
    renameSync(beside, target);
  } catch (thrown) {
    rmSync(beside, { force: true });
    if (!(thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && ONLY_IN_PLACE.has(thrown.code))) throw thrown;
    writeFileSync(target, text);
  }
}

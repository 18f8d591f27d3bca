import { existsSync, watch, type FSWatcher } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** A save is often several events: what comes within this many ms is one change. */
const SETTLE_MS = 60;

export interface FileWatch {
  /** The files that matter from now on; gives how many folders are watched. */
  follow(files: Iterable<string>): number;
  close(): void;
}

/**
 * Calls `changed` after one of the files that matter, or a YAML file beside them, came, went or was saved. Folders are
 * watched, not files: editors replace files when they save. What else is written there is no save, such as the log of
 * the process that watches.
 */
export function watchFiles(changed: () => void): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let mattering: ReadonlySet<string> = new Set();
  let pending: NodeJS.Timeout | undefined;
  const heard = (folder: string, name: string | null): void => {
    if (name !== null && !/\.ya?ml$/.test(name) && !mattering.has(join(folder, name))) return;
    clearTimeout(pending);
    pending = setTimeout(changed, SETTLE_MS);
  };
  return {
    follow(files) {
      mattering = new Set(Array.from(files, (file) => resolve(file)));
      for (const folder of new Set(Array.from(mattering, dirname))) {
        if (!watchers.has(folder) && existsSync(folder)) watchers.set(folder, watch(folder, (_event, name) => heard(folder, name)));
      }
      return watchers.size;
    },
    close() {
      clearTimeout(pending);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

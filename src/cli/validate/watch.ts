import { watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";

/** A save is often several events: what comes within this many ms is one change. */
const SETTLE_MS = 60;

/**
 * Runs `check`, then again whenever a file in a folder that it read changes, until interrupted.
 * `check` gives the files that it read. Folders are watched, not files: editors replace files when they save.
 */
export async function watchFiles(check: () => Promise<readonly string[]>): Promise<void> {
  const watchers = new Map<string, FSWatcher>();
  let pending: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const again = (): void => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      running = running.then(round).catch((error: unknown) => {
        process.stderr.write(`flowctl: ${error instanceof Error ? error.message : String(error)}\n`);
      });
    }, SETTLE_MS);
  };
  const round = async (): Promise<void> => {
    const folders = new Set((await check()).map((file) => dirname(file)));
    for (const folder of folders) {
      if (!watchers.has(folder)) watchers.set(folder, watch(folder, again));
    }
    process.stderr.write(`flowctl: watching ${folders.size} ${folders.size === 1 ? "folder" : "folders"}, Ctrl-C ends\n`);
  };
  await round();
  await new Promise<void>((done) => {
    process.once("SIGINT", done);
    process.once("SIGTERM", done);
  });
  clearTimeout(pending);
  for (const watcher of watchers.values()) watcher.close();
  await running;
}

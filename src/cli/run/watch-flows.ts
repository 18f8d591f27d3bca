import { watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import type { RunOptions } from "../commands/run.js";
import { compileFlows } from "../files/compile-flows.js";
import type { Wired } from "../wire.js";
import { validPlans } from "./valid-plans.js";

/** A save is often several events: what comes within this many ms is one change. */
const SETTLE_MS = 60;

/** Compiles again whenever a file of the flows is saved: new runs take what is valid, and errors are told and change nothing. */
export function watchFlows(paths: readonly string[], options: RunOptions, files: readonly string[], wired: Wired, say: (text: string) => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>();
  const hashes = new Map<string, string>();
  let pending: NodeJS.Timeout | undefined;
  /** Problems are told once: a log that is written into a watched folder is no save. */
  let told = "";
  const isNews = (problem: string): boolean => {
    const news = problem !== told;
    told = problem;
    return news;
  };
  let taking = Promise.resolve();
  const follow = (read: readonly string[]): void => {
    for (const folder of new Set(read.map((file) => dirname(file)))) if (!watchers.has(folder)) watchers.set(folder, watch(folder, again));
  };
  const again = (): void => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      taking = taking.then(take).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (isNews(message)) say(message);
      });
    }, SETTLE_MS);
  };
  const take = async (): Promise<void> => {
    const compiled = await compileFlows(paths, options);
    follow([...compiled.sources.keys()]);
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    if (!isNews(errors.length === 0 ? "" : JSON.stringify(errors)) && errors.length > 0) return;
    const plans = await validPlans(compiled);
    if (plans === null) return say("the flows go on as they were");
    for (const plan of plans) {
      if (hashes.get(plan.id) === plan.hash) continue;
      await wired.replace(plan);
      say(`new runs of \`${plan.id}\` take version ${plan.hash.slice(0, 8)}`);
      hashes.set(plan.id, plan.hash);
    }
  };
  for (const { id, hash } of wired.plans()) hashes.set(id, hash);
  follow(files);
  return {
    close() {
      clearTimeout(pending);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

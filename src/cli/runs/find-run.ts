import { emptyRun, type RunView } from "../../core/fold/run-view.js";
import { foldRun } from "../../core/fold/fold-run.js";
import type { RunEvent } from "../../core/event.js";
import type { RunRow, StoreReader } from "../../core/ports/store.js";
import { CommandError, EXIT } from "../exit.js";

/** The run that an id, or the beginning of one, means. */
export async function findRun(store: StoreReader, id: string): Promise<RunRow> {
  const [first, second] = await store.runsLike(id.toLowerCase());
  if (first === undefined) throw new CommandError(EXIT.findings, `there is no run \`${id}\``, "`flowctl runs list` shows them");
  if (second !== undefined && first.run !== id) throw new CommandError(EXIT.usage, `\`${id}\` begins the ids of several runs`, `write more of it: ${first.run} or ${second.run}`);
  return first;
}

/** What its events say, all of them, each as `shown` gives it. */
export async function viewOf(store: StoreReader, run: string, shown = (event: RunEvent): RunEvent => event): Promise<RunView> {
  const events: RunEvent[] = [];
  for await (const event of store.read(run, 0)) events.push(shown(event));
  return foldRun(emptyRun(run), events);
}

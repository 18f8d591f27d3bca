import { lineOfRow, type RunLine, stateWord } from "../../core/fold/run-line.js";
import type { RunRow, RunStateFilter, StoreReader } from "../../core/ports/store.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { shortLength } from "../operator/short-id.js";
import { table } from "../operator/table.js";
import { duration, relativeTime } from "../operator/time.js";
import { waitLine } from "../operator/wait-line.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findRun } from "./find-run.js";

export interface ListOptions extends OperatorOptions {
  readonly flow?: string;
  readonly state?: RunStateFilter;
  readonly parent?: string;
  readonly limit: number;
}

/** Newest first. */
export const listRuns = (options: ListOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store }) => {
    const { flow, state, parent, limit, output } = options;
    const rows = parent === undefined ? await store.runs({ ...(flow === undefined ? {} : { flow }), ...(state === undefined ? {} : { state }), limit }) : await startedBy(store, parent, options);
    if (output === "json") await printJson(rows.map(jsonOf));
    else if (rows.length === 0) await print("no runs\n", process.stderr);
    else await print(asTable(rows, Date.now()));
    return EXIT.ok;
  });

export const jsonOf = (row: RunRow): object => {
  const { run, flow, hash, admittedAt, finishedAt, waits, error, origin } = row;
  return { run, flow, hash, state: stateWord(lineOfRow(row)), admittedAt, finishedAt, waits, error, ...(origin === undefined ? {} : { origin }) };
};

/** As its journal tells, where they are still there: newest first. */
async function startedBy(store: StoreReader, id: string, { flow, state, limit }: ListOptions): Promise<readonly RunRow[]> {
  const { run } = await findRun(store, id);
  const found: RunRow[] = [];
  for await (const event of store.read(run, 0)) {
    const row = event.type === "step.dispatched" ? await store.run(event.data.child) : null;
    if (row !== null && (flow === undefined || row.flow === flow) && (state === undefined || isIn(row, state))) found.push(row);
  }
  return found.toReversed().slice(0, limit);
}

/** An incident is parked too. */
function isIn(row: RunRow, state: RunStateFilter): boolean {
  const word = stateWord(lineOfRow(row));
  return word === state || (state === "parked" && word === "incident");
}

function asTable(rows: readonly RunRow[], now: number): string {
  const length = shortLength(rows.map(({ run }) => run));
  return table(
    ["run", "flow", "state", "age", "took", "from", "about"],
    rows.map((row) => {
      const line = lineOfRow(row);
      return [row.run.slice(0, length), row.flow, stateWord(line), relativeTime(row.admittedAt, now), row.finishedAt === null ? "" : duration(row.finishedAt - row.admittedAt), row.origin ?? "", about(line, now)];
    }),
  );
}

/** Why it is not simply done: what it waits for, or what it failed with. */
function about({ error, waits }: RunLine, now: number): string {
  if (error !== null) return `${error.code}: ${error.message}`;
  const [wait, ...more] = waits;
  if (wait === undefined) return "";
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  const over = wait.kind !== "timer" || wait.until === undefined ? "" : `, ${relativeTime(wait.until, now)}`;
  return `${waitLine(wait)}${over}${others}`;
}

import { canonicalJson, type Json } from "../../core/json.js";
import type { StoreReader } from "../../core/ports/store.js";
import { printable } from "../../core/cells.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { shownJson } from "../operator/shown-json.js";
import { table } from "../operator/table.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { findRun } from "./find-run.js";
import { type RecordedRun, recordOf, type StepRecord } from "./step-records.js";

/** Characters of a value in its column. */
const SHOWN = 50;

/** `path` "" is the run itself. A side that has nothing there is absent. */
interface Difference {
  readonly path: string;
  readonly what: "step" | keyof StepRecord | "flow" | "version";
  readonly left?: Json;
  readonly right?: Json;
}

/** What two runs did differently, by the paths of their steps: exit 1 when there is anything. */
export const diffRuns = (left: string, right: string, options: OperatorOptions): Promise<ExitCode> =>
  withOperator(options, async ({ store }) => {
    const sides = [await readRun(store, left), await readRun(store, right)] as const;
    const [one, other] = sides;
    if (one.run === other.run) throw new CommandError(EXIT.usage, "these are one run", "name two of `flowctl runs list`");
    const differences = [...aboutRun(one, other), ...aboutSteps(one.steps, other.steps)];
    if (options.output === "json") await printJson({ left: one.run, right: other.run, differences });
    else await print(asText(one, other, differences));
    return differences.length === 0 ? EXIT.ok : EXIT.findings;
  });

async function readRun(store: StoreReader, id: string): Promise<RecordedRun> {
  const { run, flow, hash } = await findRun(store, id);
  return await recordOf({ run, flow, hash }, store.read(run, 0));
}

function aboutRun(one: RecordedRun, other: RecordedRun): readonly Difference[] {
  const flow = one.flow === other.flow ? [] : [{ path: "", what: "flow" as const, left: one.flow, right: other.flow }];
  const version = one.hash === other.hash ? [] : [{ path: "", what: "version" as const, left: one.hash, right: other.hash }];
  return [...flow, ...version, ...between("", one.whole, other.whole)];
}

/** In the order of the first run, then what only the second one has. */
function aboutSteps(one: RecordedRun["steps"], other: RecordedRun["steps"]): readonly Difference[] {
  const found: Difference[] = [];
  for (const [path, step] of one) {
    const same = other.get(path);
    if (same === undefined) found.push({ path, what: "step", left: step.status ?? "begun" });
    else found.push(...between(path, step, same));
  }
  for (const [path, step] of other) if (!one.has(path)) found.push({ path, what: "step", right: step.status ?? "begun" });
  return found;
}

const PARTS = ["status", "branch", "input", "output", "error"] as const;

function between(path: string, one: StepRecord, other: StepRecord): readonly Difference[] {
  return PARTS.flatMap((what): readonly Difference[] => {
    const [left, right] = [one[what], other[what]];
    if (left === right || (left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right))) return [];
    return [{ path, what, ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) }];
  });
}

function asText(one: RecordedRun, other: RecordedRun, differences: readonly Difference[]): string {
  if (differences.length === 0) return `${one.run} and ${other.run} did the same\n`;
  const shown = (value: Json | undefined): string => (value === undefined ? "–" : printable(shownJson(value, SHOWN)));
  return table(
    ["step", "what", one.run.slice(0, 8), other.run.slice(0, 8)],
    differences.map(({ path, what, left, right }) => [path === "" ? "(the run)" : path, what === "step" ? "ran" : what, shown(left), shown(right)]),
  );
}

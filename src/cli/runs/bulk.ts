import type { Operator, RequestOutcome } from "../../core/ports/operator.js";
import type { RunRequest, RunRow, RunStateFilter } from "../../core/ports/store.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { type BulkOptions, counted, mayDo } from "../operator/bulk.js";
import { me } from "../operator/me.js";
import { printJson } from "../operator/print-json.js";
import { isUnserved } from "../operator/is-unserved.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { needFlow } from "./need-flow.js";

export interface BulkRunsOptions extends OperatorOptions, BulkOptions {
  readonly flow: string;
}

/** Requests that go out together. Who wants to serve meanwhile gets in between. */
const AT_ONCE = 200;

/** One request for every run of a flow in these states; exit 1 when some were refused. */
export const askRuns = (options: BulkRunsOptions, states: readonly RunStateFilter[], { does, done }: { readonly does: string; readonly done: string }, request: RunRequest): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const found = await runsIn(operator, options.flow, states);
    if (found.length === 0) await needFlow(operator.store, options.flow, options, "no run is asked");
    if (!(await mayDo(found, "run", does, options))) return EXIT.ok;
    const outcomes: ({ readonly run: string } & RequestOutcome)[] = [];
    for (let from = 0; from < found.length; from += AT_ONCE) outcomes.push(...(await Promise.all(found.slice(from, from + AT_ONCE).map(async ({ run }) => ({ run, ...(await operator.request(run, request, me())) })))));
    const refused = outcomes.flatMap((one) => (one.is === "refused" ? [one] : []));
    if (options.output === "json") await printJson(outcomes);
    else {
      const when = (await isUnserved(operator)) && outcomes.length > refused.length ? "; the next `flowctl run` acts on it" : "";
      await print(`${counted(outcomes.length - refused.length, "run")} ${done}${when}\n`);
      const [first] = refused;
      if (first !== undefined) throw new CommandError(EXIT.findings, `${counted(refused.length, "run")} refused, the first ${first.run}: ${first.message}`);
    }
    return refused.length === 0 ? EXIT.ok : EXIT.findings;
  });

/** Oldest first. */
async function runsIn({ store }: Operator, flow: string, states: readonly RunStateFilter[]): Promise<readonly RunRow[]> {
  const found: RunRow[] = [];
  for (const state of states) found.push(...(await store.runs({ flow, state, limit: Number.MAX_SAFE_INTEGER })));
  return found.toReversed();
}

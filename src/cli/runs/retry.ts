import type { RunEvent } from "../../core/event.js";
import { whence } from "../../core/fold/whence.js";
import type { Operator } from "../../core/ports/operator.js";
import type { RunRow } from "../../core/ports/store.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { printable } from "../../core/cells.js";
import { redriveOf, type Redriven } from "../dlq/redrive-of.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import type { BulkOptions } from "../operator/bulk.js";
import { printJson } from "../operator/print-json.js";
import { publish } from "../operator/publish.js";
import { withOperator } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { projectFormats } from "../wire/project-formats.js";
import { askRun, stepOf } from "./ask-run.js";
import { askRuns } from "./bulk.js";
import { findRun } from "./find-run.js";

export interface RetryOptions extends OperatorOptions, BulkOptions {
  readonly new?: true;
  readonly failed?: true;
  readonly flow?: string;
}

/** One run, or every failed run of a flow. */
export async function retryRuns(id: string | undefined, step: string | undefined, options: RetryOptions): Promise<ExitCode> {
  const { failed, flow } = options;
  if (id !== undefined && (failed !== undefined || flow !== undefined)) throw new CommandError(EXIT.usage, "name a run, or all failed ones of a flow with `--failed --flow`, not both");
  if (id !== undefined) return await retryRun(id, step, options);
  if (failed === undefined || flow === undefined || options.new !== undefined) throw new CommandError(EXIT.usage, "which run?", "name one of `flowctl runs list`, or all failed ones of a flow with `--failed --flow FLOW`; their messages are sent again by `flowctl dlq redrive --flow FLOW`");
  return await askRuns({ ...options, flow }, ["failed"], { does: "retried", done: "asked to go on" }, { kind: "reopen" });
}

/** An incident tries again, a failed run goes on at the step that failed; with `--new` its message makes a new run. */
const retryRun = (id: string, step: string | undefined, options: RetryOptions): Promise<ExitCode> =>
  options.new === true
    ? newRun(id, options)
    : askRun(id, options, "tries again", async (row, operator) => (row.status === null ? { kind: "resolve", path: await stepOf(operator, row, step, "incident"), action: "retry" } : { kind: "reopen" }));

const newRun = (id: string, options: RetryOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    const row = await findRun(operator.store, id);
    if (row.status === null) throw new CommandError(EXIT.findings, `run ${row.run} has not ended`, "cancel it first, or retry its incident without `--new`");
    const message = redriveOf(await messageOf(operator.store, row));
    await using formats = await projectFormats(options, new Set([message.topic]));
    await publish(operator, [message], () => "the message", { encoded: async (messages) => formats.claimed(await formats.encoded(messages), operator) });
    if (options.output === "json") await printJson({ run: row.run, is: "redriven", topic: message.topic, id: message.id });
    else await print(`${printable(row.flow)} ${row.run}: its message is on ${printable(message.topic)} again\n`);
    return EXIT.ok;
  });

async function messageOf(store: Operator["store"], { run }: RunRow): Promise<Redriven> {
  const { data } = await admissionOf(store, run);
  if (data.origin !== undefined) throw new CommandError(EXIT.findings, `run ${run} came from ${whence(null, data.origin)}: it has no message`, "retry it without `--new`, or start it again with `flowctl run -i`");
  const { parent } = data;
  if (parent !== undefined) throw new CommandError(EXIT.findings, `run ${run} was started by the step \`${printable(parent.path)}\` of run ${parent.run}: it has no message`, `send that one's message again: \`flowctl runs retry ${parent.run} --new\``);
  if (data.source === null) throw new CommandError(EXIT.findings, `run ${run} was started by hand: it has no message`, "start it again with `flowctl run -i`");
  return { raw: JSON.stringify(data.message ?? data.input), source: data.source, redrives: data.redrive?.count ?? 0, flow: data.flow, run };
}

async function admissionOf(store: Operator["store"], run: string): Promise<RunEvent & { type: "run.admitted" }> {
  for await (const event of store.read(run, 0)) if (event.type === "run.admitted") return event;
  throw new CommandError(EXIT.infrastructure, `the journal of run ${run} has no beginning`);
}

import type { RunEvent } from "../../core/event.js";
import type { Json, JsonObject } from "../../core/json.js";
import type { RequestOutcome } from "../../core/ports/operator.js";
import type { RunRequest, RunRow, StoreReader } from "../../core/ports/store.js";
import { type Path, type RunId, WHOLE_RUN } from "../../core/run-id.js";
import { stepsIn } from "../../core/plan/blocks.js";
import { compileValidator } from "../../schema/validator.js";
import { collect } from "../collect.js";
import { askAt, heldOf } from "./held.js";
import { ACCEPTED, decided, noSuchRun, refused } from "./outcome.js";
import { reopenAt } from "./reopen.js";
import { isUndo } from "../saga/undo-path.js";
import { toolAt } from "./tool-at.js";

/**
 * Whether a run can take a request, as far as its journal says now: for its owner, and for who writes into its inbox.
 * `lasting`: what replay needs of the journal, where that is known to be less; why a request is refused may stand in the rest.
 */
export async function checkRequest(reader: StoreReader, run: RunId, request: RunRequest, lasting?: () => Promise<readonly RunEvent[]>): Promise<RequestOutcome> {
  const row = await reader.run(run);
  if (row === null) return noSuchRun(run);
  if (request.kind === "reopen") return checkReopen(row, await collect(reader.read(run, 0)));
  if (row.status !== null) return refused("ended", `run ${run} has ended: ${row.status}`);
  if (request.kind === "cancel") return ACCEPTED;
  if (request.kind === "signal") return checkSignal(reader, row, request);
  const check = (events: readonly RunEvent[]): Promise<RequestOutcome> => (request.kind === "answer" ? checkAnswer(reader, row, events, request) : checkResolution(reader, row, events, request));
  const outcome = lasting === undefined ? null : await check(await lasting());
  return outcome?.is === "accepted" ? outcome : check(await collect(reader.read(run, 0)));
}

async function checkAnswer(reader: StoreReader, { run, hash }: RunRow, events: readonly RunEvent[], { path, payload }: RunRequest & { readonly kind: "answer" }): Promise<RequestOutcome> {
  const ask = askAt(events, path);
  if (ask === null) return notWaiting(run, events, path);
  if (heldOf(events).get(path) !== "ask") return decided(run, path);
  const schema = ask.output === undefined ? undefined : (await reader.plan(hash))?.schemas[ask.output];
  return fits(schema, payload, `the answer to \`${path}\``);
}

/** I13: also one that comes before its wait, as long as the flow has one of its name. */
async function checkSignal(reader: StoreReader, { flow, hash }: RunRow, { name, payload }: RunRequest & { readonly kind: "signal" }): Promise<RequestOutcome> {
  const plan = await reader.plan(hash);
  if (plan === null) return ACCEPTED;
  const signals = [...stepsIn(plan.body)].flatMap((step) => (step.kind === "wait" && step.for.is === "signal" ? [step.for] : []));
  const wanted = signals.filter(({ signal }) => signal === name);
  if (wanted.length === 0) return refused("not_waiting", `\`${flow}\` waits for no signal \`${name}\`${signals.length === 0 ? ", nor for any other" : `, but for ${[...new Set(signals.map(({ signal }) => `\`${signal}\``))].join(", ")}`}`);
  for (const { output } of wanted) {
    const outcome = fits(output === undefined ? undefined : plan.schemas[output], payload, `the signal \`${name}\``);
    if (outcome.is === "refused") return outcome;
  }
  return ACCEPTED;
}

/** An output that later steps may read has to be given, and to fit. */
async function checkResolution(reader: StoreReader, { run, hash }: RunRow, events: readonly RunEvent[], request: RunRequest & { readonly kind: "resolve" }): Promise<RequestOutcome> {
  const { path, action, output } = request;
  const opened = events.findLast((event) => event.type === "incident.opened" && event.path === path);
  if (opened?.type !== "incident.opened") return notWaiting(run, events, path);
  if (heldOf(events).get(path) !== "incident") return decided(run, path);
  if (path === WHOLE_RUN && action !== "retry") return refused("invalid", `run ${run} as a whole cannot go on: mend what is missing and retry it, or cancel it`);
  if (opened.data.kind === "code" && action !== "retry") return refused("invalid", `nothing has happened at \`${path}\` yet: put the file back and retry, or cancel the run`);
  // I29: it comes of nothing but what is recorded.
  if (action === "retry" && isUndo(path)) return refused("invalid", `\`${path}\` would fail in the same way again, for what it undoes is recorded: undo it by hand, and say with \`resolve\` or \`skip\` that it is undone`);
  if (action !== "resolve") return output === undefined ? ACCEPTED : refused("invalid", `\`${action}\` takes no output`);
  const plan = await reader.plan(hash);
  const tool = plan === null ? null : toolAt(plan, events, path);
  const schema = tool?.output === undefined ? undefined : plan?.schemas[tool.output];
  if (output !== undefined) return fits(schema, output, `the output of \`${path}\``);
  return schema === undefined ? ACCEPTED : refused("invalid", `\`${path}\` has an output that later steps may read: it has to be given`);
}

function fits(schema: JsonObject | boolean | undefined, value: Json, what: string): RequestOutcome {
  const issues = schema === undefined ? null : compileValidator(schema)(value);
  return issues === null ? ACCEPTED : refused("invalid", `${what} does not fit: ${issues.map(({ message }) => message).join("; ")}`);
}

function notWaiting(run: RunId, events: readonly RunEvent[], path: Path): RequestOutcome {
  const held = [...heldOf(events)].map(([at, kind]) => `\`${at}\` (${kind})`);
  return refused("not_waiting", `run ${run} does not wait at \`${path}\`${held.length === 0 ? ", nor anywhere else" : `, but at ${held.join(", ")}`}`);
}

function checkReopen(row: RunRow, events: readonly RunEvent[]): RequestOutcome {
  const at = reopenAt(row, events);
  return "path" in at ? ACCEPTED : at;
}

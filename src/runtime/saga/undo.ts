import type { FlowError } from "../../core/errors.js";
import type { EventMap } from "../../core/event.js";
import type { StepKind } from "../../core/plan/step.js";
import type { Path } from "../../core/run-id.js";
import { actBlock } from "../run/act-block.js";
import { errorJson } from "../error-json.js";
import { append } from "../run/active-run.js";
import { Bare } from "../run/bare.js";
import { flowFrame, type Frame } from "../run/frame.js";
import { keyAt } from "../run/idempotency-key.js";
import { incident } from "../run/incident.js";
import { Raised } from "../run/raised.js";
import { withRests } from "../run/rests.js";
import { openScope } from "../run/scope.js";
import type { Done } from "./ledger.js";
import { undoPath } from "./undo-path.js";

/** Why something is undone, and whether a saga has recorded that. */
export interface Because {
  readonly cause: FlowError;
  readonly isRecorded: boolean;
}

/** Undoes what was done in these scopes: one after the other, the last first, out of reach of any cancellation (I29, I31). */
export async function undoWithin({ run }: Frame, scopes: readonly string[], made: Because): Promise<void> {
  // I8: what an earlier process began with stands, also where somebody has cancelled the run since. One that is not over is
  // there then, for the end of each is in one item with the beginning of the next.
  const known = made.isRecorded ? undefined : notUndone(run, scopes).flatMap(({ of }) => begunAs(run, undoPath(of))?.cause ?? [])[0];
  const because = known === undefined ? made : { ...made, cause: known };
  for (const done of notUndone(run, scopes).toReversed()) await undoOne(run, done, because);
}

/** Whether an earlier process has begun with one of them, and not ended it. */
export const isHalfUndone = ({ run }: Frame, scopes: readonly string[]): boolean => notUndone(run, scopes).some(({ of }) => begunAs(run, undoPath(of)) !== undefined);

const notUndone = (run: Frame["run"], scopes: readonly string[]): readonly Done[] => run.ledger.filter(({ of, undo }) => !run.undone.has(of) && undo.within.some((id) => scopes.includes(id)));

function begunAs({ past }: Frame["run"], path: Path): EventMap["compensation.started"] | undefined {
  const begun = past?.get(path)?.events.find(({ type }) => type === "compensation.started");
  return begun?.type === "compensation.started" ? begun.data : undefined;
}

/** I30: an undo of one write is known by the undo's own key. */
const CALLS: ReadonlySet<StepKind> = new Set(["tool", "put"]);

async function undoOne(run: Frame["run"], done: Done, { cause, isRecorded }: Because): Promise<void> {
  const { of, undo } = done;
  const path = undoPath(of);
  if (begunAs(run, path) === undefined) append(run, "compensation.started", path, { of, key: keyAt(run.ctx, path), attempt: 1, ...(isRecorded ? {} : { cause }) });
  const block = run.ready.undo(undo.block);
  const alone = block.plan.steps.length === 1 && CALLS.has(block.plan.steps[0]?.kind ?? "set");
  const frame: Frame = { ...recordedFrame(run, done, cause), must: { phase: "undo", keyPath: alone ? path : null } };
  try {
    await withRests(frame, (within) => actBlock(block, within));
  } catch (thrown) {
    if (!(thrown instanceof Raised)) throw thrown;
    await byOperator(frame, path, done, thrown);
  }
  append(run, "compensation.completed", path, { of });
  run.undone.add(of);
}

/** What failed for another reason than a tool's (that one has its own incident): trying again gives the same. */
async function byOperator(frame: Frame, path: string, { of }: Done, { error }: Raised): Promise<void> {
  const told = frame.run.past?.get(path)?.events.some(({ type }) => type === "compensation.failed") ?? false;
  if (!told) append(frame.run, "compensation.failed", path, { of, error });
  for (;;) {
    const { action } = await incident(frame, path, "undo", `\`${of}\` could not be undone: ${error.message}; \`resolve\` or \`skip\` says that it is`);
    if (action !== "retry") return;
  }
}

/** I29: nothing but what is recorded. */
function recordedFrame(run: Frame["run"], { of, undo, output }: Done, cause: FlowError): Frame {
  const { input, steps, info, ...others } = undo.scope;
  const frame = flowFrame(run, input, `${undoPath(of)}/`, openScope(null), false);
  Object.assign(frame.steps, steps);
  if (frame.info !== null) Object.assign(frame.info, info);
  for (const [name, value] of Object.entries(others)) frame.env[name] = name === "branches" ? Object.assign(new Bare(), value) : value;
  if (output !== undefined) frame.env.output = output;
  frame.env.error = errorJson(cause);
  frame.env.key = undo.key;
  return frame;
}

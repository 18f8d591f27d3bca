import type { FlowError } from "../../core/errors.js";
import type { StepKind } from "../../core/plan/step.js";
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

/** Undoes what was done in these scopes: one after the other, the last first, out of reach of any cancellation (I29, I31). */
export async function undoWithin({ run }: Frame, scopes: readonly string[], cause: FlowError): Promise<void> {
  const open = run.ledger.filter(({ of, undo }) => !run.undone.has(of) && undo.within.some((id) => scopes.includes(id)));
  for (const done of open.toReversed()) await undoOne(run, done, cause);
}

/** I30: an undo of one write is known by the undo's own key. */
const CALLS: ReadonlySet<StepKind> = new Set(["tool", "put"]);

async function undoOne(run: Frame["run"], done: Done, cause: FlowError): Promise<void> {
  const { of, undo } = done;
  const path = `${of}!undo`;
  const begun = run.past?.get(path)?.events.some(({ type }) => type === "compensation.started") ?? false;
  if (!begun) append(run, "compensation.started", path, { of, key: keyAt(run.ctx, path), attempt: 1 });
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
  const frame = flowFrame(run, input, `${of}!undo/`, openScope(null), false);
  Object.assign(frame.steps, steps);
  if (frame.info !== null) Object.assign(frame.info, info);
  for (const [name, value] of Object.entries(others)) frame.env[name] = name === "branches" ? Object.assign(new Bare(), value) : value;
  if (output !== undefined) frame.env.output = output;
  frame.env.error = errorJson(cause);
  frame.env.key = undo.key;
  return frame;
}

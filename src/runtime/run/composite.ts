import type { Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import { append } from "./active-run.js";
import type { Frame } from "./frame.js";
import { checkSize } from "./output-size.js";
import type { Output } from "./ready.js";
import { withRests } from "./rests.js";
import { Cancelled } from "./scope.js";

interface Composite {
  readonly kind: string;
  readonly effect: "pure" | "model";
  readonly input?: Json;
  /** Read when it ends: an agent counts its model calls. */
  readonly note?: () => { readonly attempts: number; readonly usd: number };
}

/** I5: its own start and end around what it does; once its end is recorded, replay skips its interior. */
export async function composite(frame: Frame, path: Path, { kind, effect, input, note }: Composite, work: (within: Frame) => Promise<Output>): Promise<Output> {
  const { run } = frame;
  const { clock } = run.ctx.ports;
  const began = clock.monotonic();
  const begun = run.past?.get(path)?.events.some(({ type }) => type === "step.started") ?? false;
  if (!begun) append(run, "step.started", path, { kind, effect, attempt: 1, inHash: "", ...(input === undefined ? {} : { input }) });
  const end = () => ({ attempts: 1, usd: 0, ...note?.(), ms: Math.round(clock.monotonic() - began) });
  try {
    const output = await withRests(frame, work);
    if (isOver(frame, path)) return output;
    checkSize(output);
    const { attempts, ms } = end();
    append(run, "step.completed", path, { attempt: attempts, ms, ...(output === undefined ? {} : { output }) });
    return output;
  } catch (thrown) {
    if (thrown instanceof Cancelled && !isOver(frame, path)) append(run, "step.cancelled", path, { reason: thrown.reason, outcome: "not_applied" });
    throw thrown;
  } finally {
    if (frame.info !== null) run.notes.set(path, end());
  }
}

/** I8, I9: a time limit of its own ends it, whatever its parts come to: that is a failure, which whoever set it records. */
const isOver = ({ scope }: Frame, path: Path): boolean => scope.cancelled?.scope.deadline?.path === path;

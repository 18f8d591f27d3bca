import type { RunEvent } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";

/** What a journal says of one step, as far as two runs can be compared by it: no times, keys or attempts. */
export interface StepRecord {
  readonly status?: string;
  /** The case that a switch took, the winners of a join. */
  readonly branch?: Json;
  /** Itself, else its hash: reads record no more. */
  readonly input?: Json;
  readonly output?: Json;
  readonly error?: Json;
}

export interface RecordedRun {
  readonly run: string;
  readonly flow: string;
  readonly hash: string;
  /** The run's own input, output, error. */
  readonly whole: StepRecord;
  readonly steps: ReadonlyMap<Path, StepRecord>;
}

export async function recordOf(row: Pick<RecordedRun, "run" | "flow" | "hash">, events: AsyncIterable<RunEvent>): Promise<RecordedRun> {
  let whole: StepRecord = { status: "open" };
  const steps = new Map<Path, StepRecord>();
  // A write's start has its input itself, its end the hash of it.
  const add = (path: Path, { input, ...more }: StepRecord): void => {
    const known = steps.get(path);
    steps.set(path, { ...known, ...more, ...(input === undefined || known?.input !== undefined ? {} : { input }) });
  };
  for await (const event of events) {
    if (event.type === "run.admitted") whole = { ...whole, input: event.data.input };
    else if (event.type === "run.finished") whole = { ...whole, status: event.data.status, ...output(event.data), ...errorOf(event.data.error) };
    else if (event.type === "steps.computed") for (const item of event.data.items) add(item.path, computed(item));
    else if (event.path !== undefined) add(event.path, told(event));
  }
  return { ...row, whole, steps };
}

function told(event: RunEvent): StepRecord {
  switch (event.type) {
    case "step.started":
      return { ...hashed(event.data.inHash), ...(event.data.input === undefined ? {} : { input: event.data.input }) };
    case "step.completed":
      return { status: "completed", ...hashed(event.data.inHash), ...output(event.data) };
    case "step.failed":
      return event.data.retryAt === undefined ? { status: "failed", ...errorOf(event.data.error) } : {};
    case "step.skipped":
      return { status: "skipped" };
    case "step.cancelled":
      return { status: "cancelled" };
    case "step.decided":
      return { branch: { [event.data.what]: event.data.value } };
    case "message.emitted":
      return { status: "emitted", output: event.data.payload };
    case "model.completed":
      return { status: "completed", output: event.data.answer };
    case "model.failed":
      return event.data.retryAt === undefined ? { status: "failed", ...errorOf(event.data.error) } : {};
    default:
      return {};
  }
}

const computed = ({ output: value, skipped, taken }: { readonly output?: Json; readonly skipped?: true; readonly taken?: number }): StepRecord =>
  taken === undefined ? { status: skipped === true ? "skipped" : "completed", ...output({ output: value }) } : { branch: taken };

const hashed = (inHash: string | undefined): StepRecord => (inHash === undefined || inHash === "" ? {} : { input: `sha256 ${inHash}` });

const output = ({ output: value }: { readonly output?: Json | undefined }): StepRecord => (value === undefined ? {} : { output: value });

const errorOf = (error: { readonly code: string; readonly message: string } | undefined): StepRecord => (error === undefined ? {} : { error: `${error.code}: ${error.message}` });

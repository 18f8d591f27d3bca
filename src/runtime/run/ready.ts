import type { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { AgentPlan, FlowPlan, ModelPlan, PolicyPlan, ToolPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, CatchPlan, StepKind } from "../../core/plan/step.js";
import type { Data, Expr, Prompt } from "../../core/expression.js";
import type { Tool } from "../../core/ports/tool.js";
import type { Path } from "../../core/run-id.js";
import type { ActiveRun } from "./active-run.js";
import type { Bare } from "./bare.js";
import type { Frame } from "./frame.js";

/** Undefined: the step or block yields nothing. */
export type Output = Json | undefined;
export type Closure = (env: Bare) => unknown;
/** The name of the lock that a step or block holds while it runs: no two runs hold one at once. */
export type LockName = (env: Bare) => string;
export type DataClosure = (env: Bare) => Json;
export type Compute<T = Output> = (frame: Frame, path: Path) => T;
export type Act = (frame: Frame, path: Path) => Promise<Output>;

/** What a step kind's file makes of its plan. */
export interface StepBody {
  /** Pure and at once; null where the step waits or acts. */
  readonly compute: Compute | null;
  /** Null where `compute` is all there is. */
  readonly act: Act | null;
  /** The body writes its own terminal event; else the block records the output (I41). */
  readonly records: boolean;
  /** Starts again in the background what a recorded `rest: finish` may have left (I5). */
  readonly resume?: (frame: Frame, path: Path) => void;
  /** What the step's own `catch` sees beside `error`: a loop's last completed state. */
  readonly caught?: (frame: Frame, path: Path) => Bare;
  /** What it gives where its time limit was over while it waited for its lock; absent: it raises `timeout`. */
  readonly overdue?: Compute;
  /** Of a switch: the index of the case that holds, -1 for none. */
  readonly take?: Compute<number>;
  /** Which agent it is, for `info`. */
  readonly agent?: (frame: Frame) => string;
}

export interface ReadyStep extends StepBody {
  readonly id: string;
  readonly kind: StepKind;
  /** Named by its kind and number: unique in its block only. */
  readonly auto: boolean;
  readonly when: Closure | null;
  readonly lock: LockName | null;
  readonly catches: ReadyCatch | null;
  readonly readsNow: boolean;
  readonly pivot: boolean;
  /** A pivot, or a step with one inside: once it is done, the saga around it is not undone. */
  readonly pivotal: boolean;
}

export interface ReadyBlock {
  readonly plan: BlockPlan;
  readonly when: Closure | null;
  readonly steps: readonly ReadyStep[];
  readonly value: ((env: Bare) => Output) | null;
  readonly lock: LockName | null;
  readonly catches: ReadyCatch | null;
  /** Nothing in it waits or acts. */
  readonly pure: boolean;
  /** Waiters are registered before some of its steps (I14). */
  readonly registers: boolean;
  /** Its ids would hide those of the block around it: it gets its own `steps`. */
  readonly ownScope: boolean;
}

export interface ReadyCatch {
  readonly pure: boolean;
  readonly clauses: readonly { readonly codes: ReadonlySet<string> | null; readonly block: ReadyBlock }[];
}

/** Null: the value fits. Else one sentence with all that does not. */
export type Check = (value: Json) => string | null;

/** What stands at the end of the one way to an effect (`callTool`): a tool, or the rows of a table. */
export interface Called {
  readonly name: string;
  readonly plan: Pick<ToolPlan, "effect" | "idempotency" | "errors">;
  readonly checkInput: Check;
  /** It keeps what became of each key: what it answers holds for all attempts before. */
  readonly remembers: boolean;
  /** The longest attempt, ms; null: its policy's. */
  readonly longest: number | null;
  /** An answer to an earlier attempt has come: the next one takes it, and sends nothing. */
  isAnswered(run: ActiveRun, path: Path, key: string): boolean;
  /** The file of a module, as the plan names it. */
  readonly file: string | null;
  connect(run: ActiveRun): Promise<Tool>;
  /** The tool's answer as the step's output; throws where it breaks its schema or is too large. */
  output(raw: Json): Output;
  /** The tool's failure as the step's: an error that the tool declares, with data that it does not, is none of its own. */
  failure(thrown: StepError): StepError;
  /** Of an `expr` tool. */
  readonly value: DataClosure | null;
  readonly verify: { readonly tool: string; readonly with: DataClosure } | null;
}

export interface ReadyTool extends Called {
  readonly plan: ToolPlan;
}

export interface ReadyTopic {
  readonly name: string;
  readonly key: Closure | null;
  readonly readsMeta: boolean;
  readonly check: Check;
  /** Bytes of the largest message; null without a limit. */
  readonly most: number | null;
  /** The bodies of larger ones are stored apart. */
  readonly claimCheck: boolean;
}

export interface ReadyAgent {
  readonly name: string;
  readonly plan: AgentPlan;
  readonly instructions: (env: Bare) => string;
  readonly checkOutput: Check;
  readonly guards: { readonly input: readonly ReadyGuard[]; readonly output: readonly ReadyGuard[] };
  readonly models: readonly { readonly name: string; readonly plan: ModelPlan }[];
}
export interface ReadyGuard {
  readonly text: string;
  readonly check: Closure;
  readonly onFail: "repair" | "refuse";
}

/** A plan with every expression compiled, once per process. */
export interface ReadyPlan {
  readonly plan: FlowPlan;
  readonly body: ReadyBlock;
  readonly maker: Maker;
  /** Of a budget over runs with the same key. */
  readonly budgetKey: Closure | null;
  /** Whether an expression reads `info`: else nobody keeps it. */
  readonly usesInfo: boolean;
  /** Whether the flow's own `value` or `catch` reads `run.now`. */
  readonly endReadsNow: boolean;
  topic(name: string): ReadyTopic;
  tool(name: string): ReadyTool;
  /** What undoes a step, by the id of its `CompensatePlan`. */
  undo(id: string): ReadyBlock;
  agent(name: string): ReadyAgent;
  policy(name: string | undefined): { readonly name: string; readonly plan: PolicyPlan } | null;
}

/** What a step kind's file needs to make its closures. */
export interface Maker {
  readonly plan: FlowPlan;
  readonly ready: () => ReadyPlan;
  /** `apart`: the block's steps never share the `steps` of the block around it (map, loop, parallel, call); they do without. */
  block(plan: BlockPlan, apart?: boolean): ReadyBlock;
  catches(list: readonly CatchPlan[]): ReadyCatch;
  expr(expr: Expr): Closure;
  data(data: Data): DataClosure;
  /** For what may yield nothing: an empty optional. */
  optionalData(data: Data): (env: Bare) => Output;
  /** The same for what becomes the output as it is: measured when it does. */
  output(data: Data): (env: Bare) => Output;
  prompt(prompt: Prompt): (env: Bare) => string;
}

import type { Path } from "../../core/run-id.js";
import type { ActiveRun } from "./active-run.js";
import { Bare, extend } from "./bare.js";
import type { ReadyBlock } from "./ready.js";
import type { Catching, Must } from "../saga/insist.js";
import type { UndoScope } from "../saga/undo-scope.js";
import type { Rests } from "./rests.js";
import type { Scope } from "./scope.js";

/** Where a block runs: its variables, the paths of its steps (I6), what cancels it. */
export interface Frame {
  readonly run: ActiveRun;
  readonly env: Bare;
  /** Outputs by id; also `env.steps`. */
  readonly steps: Bare;
  /** Also `env.info`; null where no expression of the plan reads it. */
  readonly info: Bare | null;
  readonly prefix: string;
  /** Prefix of steps without an id of their own: `<kind><n>` is unique in its block only. */
  readonly autoPrefix: string;
  readonly scope: Scope;
  /** What ends before the step, branch or flow around it does. */
  readonly rests: Rests;
  /** Inside a pure map or loop: recorded as a whole, not step by step. */
  readonly quiet: boolean;
  /** The innermost saga or branch that is undone as one; null: what is done stays done. */
  readonly undo: UndoScope | null;
  /** There is no way back: behind a pivot, or in an undo. */
  readonly must: Must | null;
  /** What stands ready to catch below the innermost saga or undo. */
  readonly catching: Catching;
}

export function pathOf({ autoPrefix, prefix, run }: Frame, step: { readonly id: string; readonly auto: boolean }): Path {
  const path = (step.auto ? autoPrefix : prefix) + step.id;
  const { reopened } = run.ctx.history;
  return reopened === null ? path : (reopened.paths.get(path) ?? path);
}

/** A block inside this one. `vars` are added to what it sees. */
export function inner(
  frame: Frame,
  block: ReadyBlock,
  prefix: string,
  more: { readonly autoPrefix?: string; readonly vars?: Readonly<Record<string, unknown>>; readonly scope?: Scope; readonly quiet?: boolean } = {},
): Frame {
  const steps = block.ownScope ? extend(frame.steps) : frame.steps;
  const info = block.ownScope && frame.info !== null ? extend(frame.info) : frame.info;
  const env = block.ownScope || more.vars !== undefined ? extend(frame.env) : frame.env;
  if (block.ownScope) {
    env.steps = steps;
    env.info = info;
  }
  if (more.vars !== undefined) Object.assign(env, more.vars);
  return {
    run: frame.run,
    env,
    steps,
    info,
    prefix,
    autoPrefix: more.autoPrefix ?? prefix,
    scope: more.scope ?? frame.scope,
    rests: frame.rests,
    quiet: more.quiet ?? frame.quiet,
    undo: frame.undo,
    must: frame.must,
    catching: frame.catching,
  };
}

/** The frame of a flow's own block: nothing of a caller is visible. */
export function flowFrame(run: ActiveRun, input: unknown, prefix: string, scope: Scope, quiet: boolean): Frame {
  const env = new Bare();
  const steps = new Bare();
  const info = run.ready.usesInfo ? new Bare() : null;
  env.input = input;
  env.steps = steps;
  env.info = info;
  env.run = run.vars;
  return { run, env, steps, info, prefix, autoPrefix: prefix, scope, rests: { scope, open: run.background }, quiet, undo: null, must: null, catching: [] };
}

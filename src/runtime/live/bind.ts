import type { GraphRunner } from "../../core/graph.js";
import { messageOf } from "../../core/message-of.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { patiently, Stopped } from "../patience.js";
import type { RuntimePorts } from "../ports.js";
import { notItsCode } from "../run/code.js";
import { prepare } from "../run/prepare.js";
import type { LoadedFlow } from "../world.js";

/** Why a run cannot go on here: nothing of it is run, and it stays open. */
export interface Unbindable {
  readonly unbindable: string;
}

/** I5, I37: the flow as it was when the run was admitted. */
export type Bind = (flow: string, hash: string) => Promise<LoadedFlow | Unbindable>;

/** The flows that are served now, and those that they start. */
export interface Current {
  get(flow: string): LoadedFlow | undefined;
  child(hash: string): FlowPlan | undefined;
  /** What only runs of older versions wait for. */
  readOlder(): Promise<void>;
}

export function createBind(current: () => Current, graphOf: (plan: FlowPlan) => GraphRunner, ports: RuntimePorts, stopped: () => boolean, failed: (cause: unknown) => void): Bind {
  const older = new Map<string, Promise<LoadedFlow | Unbindable>>();
  return (flow, hash) => {
    const now = current().get(flow);
    if (now?.plan.hash === hash) return Promise.resolve(now);
    const known = older.get(hash);
    if (known !== undefined) return known;
    const child = current().child(hash);
    const made = child === undefined ? load(hash) : Promise.resolve({ plan: child, graph: graphOf(child) });
    older.set(hash, made);
    const forget = (): void => void older.delete(hash);
    // What is missing may be there the next time. A failed run that goes on, or a fork, may be the only open one of its version.
    made.then((result) => ("unbindable" in result ? forget() : current().readOlder()), forget).catch(failed);
    return made;
  };

  async function load(hash: string): Promise<LoadedFlow | Unbindable> {
    const plan = await patiently(ports.clock, stopped, () => ports.store.plan(hash));
    if (plan === null) return { unbindable: "the store does not have its version of the flow" };
    if (!isReadable(plan)) return { unbindable: `its plan has the form ${String(plan.version)}, which this flowctl does not read: let its runs end with the flowctl that they began with` };
    try {
      prepare(plan);
      await connect(plan);
      const file = await changedCode(plan);
      if (file !== null) return { unbindable: notItsCode(file) };
      return { plan, graph: graphOf(plan) };
    } catch (thrown) {
      if (thrown instanceof Stopped) throw thrown;
      return { unbindable: messageOf(thrown) };
    }
  }

  /** Tools and models of an older version may be gone: that is found out before anything of the run acts. */
  async function connect(plan: FlowPlan): Promise<void> {
    for (const [name, { kind }] of Object.entries(plan.tools)) if (kind !== "expr") await ports.tool(plan, name);
    for (const name of Object.keys(plan.models)) await ports.model(plan, name);
  }

  /** I37: of a pinned flow, a module that its runs began with other code of. Others go on, and say so at the call. */
  async function changedCode(plan: FlowPlan): Promise<string | null> {
    if (plan.pin !== true) return null;
    for (const [name, tool] of Object.entries(plan.tools)) {
      if (tool.kind !== "module") continue;
      const began = plan.code[tool.file] ?? "";
      const code = await (await ports.tool(plan, name)).code?.(began);
      if (code !== undefined && code !== began) return tool.file;
    }
    return null;
  }
}

/** I38: forms of plans that this version reads; there has been one. */
const READ: ReadonlySet<number> = new Set([1]);

export const isReadable = ({ version }: { readonly version: number }): boolean => READ.has(version);

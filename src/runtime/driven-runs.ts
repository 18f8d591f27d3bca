import type { FlowError } from "../core/errors.js";
import type { EmittedMessage, GraphRunner, GraphState, GraphUpdate, NodeExecutor } from "../core/graph.js";
import type { Json } from "../core/json.js";
import type { FlowPlan, GraphLayout } from "../core/plan/flow-plan.js";
import type { RequestOutcome } from "../core/ports/operator.js";
import type { Fence, InboxRow } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";
import { FlowParked } from "./flow-parked.js";
import type { RuntimePorts } from "./ports.js";
import { createRuntime } from "./runtime.js";
import type { RunReport } from "./world.js";

/** Runs of a graph that somebody else's LangGraph drives: each of its invocations is a run, journaled as any other. */
export interface DrivenRuns {
  readonly execute: NodeExecutor;
  /** Of a run that waits: in a store that others write to, theirs do as well. */
  request(row: InboxRow): Promise<RequestOutcome>;
  /** Runs under way are withdrawn from memory. */
  close(): Promise<void>;
}

/** From its first node to its last. */
interface Invocation {
  readonly run: RunId;
  readonly execute: NodeExecutor;
  readonly report: Promise<RunReport>;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<GraphState>;
  readonly emitted: EmittedMessage[];
  /** A node is under way. */
  busy: boolean;
}

const CANCELLED: FlowError = { code: "cancelled", message: "the run was cancelled" };

export function driveRuns(plan: FlowPlan, layout: GraphLayout, ports: RuntimePorts, own: (shard: number, owner: string) => Promise<Fence>, graphOf: (plan: FlowPlan) => GraphRunner): DrivenRuns {
  const runtime = createRuntime({ flows: [{ plan, graph: graphOf(plan) }], ports, graphOf, embedded: { own } });
  const invocations = new Map<RunId, Invocation>();
  const entry = layout.entry ?? layout.nodes[0]?.id;
  let started: Promise<void> | null = null;
  const start = (): Promise<void> => (started ??= begun());

  /** A store that was away does not shut out later invocations. */
  async function begun(): Promise<void> {
    try {
      await runtime.start();
    } catch (thrown) {
      started = null;
      throw thrown;
    }
  }

  /** Admits the run and waits until it may begin; a report where it ended before: its input breaks the schema. */
  async function begin(input: Json, signal: AbortSignal | undefined): Promise<Invocation | RunReport> {
    await start();
    const abort = new AbortController();
    const begun = Promise.withResolvers<Pick<Invocation, "run" | "execute">>();
    const ended = Promise.withResolvers<GraphState>();
    const report = runtime.manual(plan.id, input, {
      abort,
      graph: (run, _input, execute) => {
        begun.resolve({ run, execute });
        return ended.promise;
      },
    });
    const first = await Promise.race([begun.promise, report]);
    if ("status" in first) return first;
    const invocation: Invocation = { ...first, report, abort, ended, emitted: [], busy: false };
    invocations.set(first.run, invocation);
    if (signal?.aborted === true) withdraw(invocation);
    const cancel = (): void => withdraw(invocation);
    signal?.addEventListener("abort", cancel, { once: true });
    // The signal may outlive many runs. What waits for the report may be gone: the node in flight tells the failure.
    const over = (): void => signal?.removeEventListener("abort", cancel);
    report.then(over, over);
    return invocation;
  }

  /** Between two nodes nobody else would end it. */
  function withdraw(invocation: Invocation): void {
    invocation.abort.abort();
    if (!invocation.busy) end(invocation, { status: "cancelled", error: CANCELLED });
  }

  function end({ run, ended, emitted }: Invocation, { output = null, status = "completed", error = null }: GraphUpdate): void {
    invocations.delete(run);
    ended.resolve({ run, input: null, output, status, error, emitted, steps: {}, route: -1 });
  }

  /** A node, to its end: also when nobody waits for it any more. */
  async function act(invocation: Invocation, ...[node, state, signal]: Parameters<NodeExecutor>): Promise<GraphUpdate> {
    invocation.busy = true;
    try {
      // The run has its steps itself; a LangGraph checkpoint may hold those of an earlier run of the thread.
      const update = await invocation.execute(node, { ...state, steps: {} }, signal);
      invocation.emitted.push(...(update.emitted ?? []));
      if (update.status !== undefined && update.status !== "running") end(invocation, update);
      else if (invocation.abort.signal.aborted) end(invocation, { status: "cancelled", error: CANCELLED });
      return update;
    } catch (thrown) {
      invocations.delete(invocation.run);
      invocation.ended.reject(thrown);
      throw thrown;
    } finally {
      invocation.busy = false;
    }
  }

  /** Nobody could ever answer it. */
  async function giveUp(run: RunId): Promise<void> {
    await runtime.request({ id: ports.random.id(), run, at: ports.clock.now(), by: "flowctl", request: { kind: "cancel", reason: "its store does not outlive the process" } });
  }

  return {
    async request(row) {
      await start();
      return runtime.request(row);
    },
    async execute(node, state, signal) {
      const invocation = node.id === entry ? await begin(state.input, signal) : invocations.get(state.run);
      if (invocation === undefined) throw new RangeError(`the run ${state.run} is not in this process: an invocation cannot be taken up in its middle`);
      if ("status" in invocation) return { run: invocation.run, status: "failed", output: null, error: invocation.error ?? null };
      const acting = act(invocation, node, state, signal);
      const parked = invocation.report.then(({ run, status, waits = [] }) => {
        if (status === "parked") throw new FlowParked(run, waits);
        return acting;
      });
      parked.catch(() => undefined);
      try {
        const update = await Promise.race([acting, parked]);
        // The last node has ended when the run's end is durable.
        if (!invocations.has(invocation.run)) await invocation.report;
        return { status: "running", ...update, run: invocation.run };
      } catch (thrown) {
        acting.catch(() => undefined);
        if (thrown instanceof FlowParked && !ports.store.durable) await giveUp(invocation.run);
        invocations.delete(invocation.run);
        throw thrown;
      }
    },
    close: () => runtime.close(),
  };
}

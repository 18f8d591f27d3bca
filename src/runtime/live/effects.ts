import type { Model } from "../../core/ports/model.js";
import type { Tool } from "../../core/ports/tool.js";
import { shardOf, type RunId } from "../../core/run-id.js";
import { oncePerPlan } from "../once-per-plan.js";
import type { RuntimePorts } from "../ports.js";
import { JournalLost } from "../run/journal.js";
import type { Shards } from "../shards/shards.js";

/** Tools, models and tables with a count of the calls that are under way, and an end to new ones. */
export interface Effects {
  readonly ports: RuntimePorts;
  inFlight(): number;
  /** Of tools and rows, for runs of these shards. */
  inFlightOf(shards: ReadonlySet<number>): number;
  /** Whoever asks for a tool, a model or a row from now on waits for ever: before its intent is recorded, so that nothing is in doubt. */
  stop(): void;
}

/** `mayAct`: whether an effect of the run may begin here now (I16). */
export function countEffects(ports: RuntimePorts, mayAct: Shards["mayAct"]): Effects {
  let inFlight = 0;
  let stopped = false;
  const byShard = new Map<number, number>();
  const orNever = <T>(connected: T): T | Promise<never> => (stopped ? never() : connected);
  const toolOf = oncePerPlan(async (plan, name) => orNever(countedTool(await ports.tool(plan, name))));
  const modelOf = oncePerPlan(async (plan, name) => orNever(countedModel(await ports.model(plan, name))));

  const over = (): void => {
    inFlight -= 1;
  };
  function counted<T>(call: () => Promise<T>): Promise<T> {
    inFlight += 1;
    try {
      const working = call();
      working.then(over, over);
      return working;
    } catch (thrown) {
      over();
      throw thrown;
    }
  }
  /** A write's intent is durable by now: whoever follows finds it in doubt, and settles it (I20). */
  function ofRun<T>(run: RunId, call: () => Promise<T>, givenUp?: () => boolean): Promise<T> {
    const may = mayAct(run);
    if (may === false) return Promise.reject(notHere(run));
    if (may !== true) {
      return may.then((sure) => {
        if (!sure) throw notHere(run);
        // Its end may be recorded by then: what was abandoned is not asked for any more.
        return stopped || givenUp?.() === true ? never() : ofRun(run, call, givenUp);
      });
    }
    const shard = shardOf(run);
    byShard.set(shard, (byShard.get(shard) ?? 0) + 1);
    const working = counted(call);
    const done = (): void => void byShard.set(shard, (byShard.get(shard) ?? 1) - 1);
    working.then(done, done);
    return working;
  }
  const countedTool = (tool: Tool): Tool => ({ ...(tool.code === undefined ? {} : { code: tool.code }), call: (call) => ofRun(call.run.id, () => tool.call(call), () => call.signal.aborted), [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose]() });
  const countedModel = (model: Model): Model => ({ complete: (request, options) => counted(() => model.complete(request, options)) });

  return {
    ports: {
      ...ports,
      tool: (plan, name) => (stopped ? never() : toolOf(plan, name)),
      store: { ...ports.store, tableRow: (...row) => (stopped ? never() : ports.store.tableRow(...row)), putRow: (put) => (stopped ? never() : ofRun(put.run, () => ports.store.putRow(put))) },
      model: (plan, name) => (stopped ? never() : modelOf(plan, name)),
    },
    inFlight: () => inFlight,
    inFlightOf: (shards) => [...shards].reduce((sum, shard) => sum + (byShard.get(shard) ?? 0), 0),
    stop() {
      stopped = true;
    },
  };
}

/** It unwinds, and gives back its places of policies. */
const notHere = (run: RunId): JournalLost => new JournalLost(`run ${run}: another process owns it`);

const never = (): Promise<never> => new Promise<never>(() => undefined);

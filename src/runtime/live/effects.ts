import type { Model } from "../../core/ports/model.js";
import type { Tool } from "../../core/ports/tool.js";
import { oncePerPlan } from "../once-per-plan.js";
import type { RuntimePorts } from "../ports.js";

/** Tools, models and tables with a count of the calls that are under way, and an end to new ones. */
export interface Effects {
  readonly ports: RuntimePorts;
  inFlight(): number;
  /** Whoever asks for a tool, a model or a row from now on waits for ever: before its intent is recorded, so that nothing is in doubt. */
  stop(): void;
}

export function countEffects(ports: RuntimePorts): Effects {
  let inFlight = 0;
  let stopped = false;
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
  const countedTool = (tool: Tool): Tool => ({ ...(tool.code === undefined ? {} : { code: tool.code }), call: (call) => counted(() => tool.call(call)), [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose]() });
  const countedModel = (model: Model): Model => ({ complete: (request, options) => counted(() => model.complete(request, options)) });

  return {
    ports: {
      ...ports,
      tool: (plan, name) => (stopped ? never() : toolOf(plan, name)),
      store: { ...ports.store, tableRow: (...row) => (stopped ? never() : ports.store.tableRow(...row)), putRow: (put) => (stopped ? never() : counted(() => ports.store.putRow(put))) },
      model: (plan, name) => (stopped ? never() : modelOf(plan, name)),
    },
    inFlight: () => inFlight,
    stop() {
      stopped = true;
    },
  };
}

const never = (): Promise<never> => new Promise<never>(() => undefined);

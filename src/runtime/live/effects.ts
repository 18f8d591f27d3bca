import type { Model } from "../../core/ports/model.js";
import type { Tool } from "../../core/ports/tool.js";
import type { RuntimePorts } from "../ports.js";

/** Tools and models with a count of the calls that are under way, and an end to new ones. */
export interface Effects {
  readonly ports: RuntimePorts;
  inFlight(): number;
  /** Whoever asks for a tool or a model from now on waits for ever: before its intent is recorded, so that nothing is in doubt. */
  stop(): void;
}

export function countEffects(ports: RuntimePorts): Effects {
  let inFlight = 0;
  let stopped = false;
  const tools = new WeakMap<Tool, Tool>();
  const models = new WeakMap<Model, Model>();

  async function counted<T>(call: () => Promise<T>): Promise<T> {
    inFlight += 1;
    try {
      return await call();
    } finally {
      inFlight -= 1;
    }
  }
  const countedTool = (tool: Tool): Tool => ({ call: (call) => counted(() => tool.call(call)), [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose]() });
  const countedModel = (model: Model): Model => ({ complete: (request, options) => counted(() => model.complete(request, options)) });
  const once = <T extends object>(known: WeakMap<T, T>, from: T, make: (from: T) => T): T => {
    const found = known.get(from);
    if (found !== undefined) return found;
    const made = make(from);
    known.set(from, made);
    return made;
  };

  return {
    ports: {
      ...ports,
      async tool(plan, name) {
        if (stopped) return never();
        const tool = await ports.tool(plan, name);
        return stopped ? never() : once(tools, tool, countedTool);
      },
      async model(plan, name) {
        if (stopped) return never();
        const model = await ports.model(plan, name);
        return stopped ? never() : once(models, model, countedModel);
      },
    },
    inFlight: () => inFlight,
    stop() {
      stopped = true;
    },
  };
}

const never = (): Promise<never> => new Promise<never>(() => undefined);

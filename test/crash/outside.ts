import type { RunEvent } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { Model, ModelAnswer } from "../../src/core/ports/model.js";
import type { Tool, ToolCall } from "../../src/core/ports/tool.js";
import type { VirtualClock } from "../support/virtual-clock.js";

/** What tools and models do. `nth` counts the calls of one run and path from 1; what is thrown was not applied. */
export interface Behaviour {
  readonly tools: Readonly<Record<string, (input: Json, call: { readonly nth: number; readonly key: string; readonly outside: Outside }) => Json>>;
  /** Ms of the world's clock until a tool answers. */
  readonly takes?: Readonly<Record<string, number>>;
  readonly models: Readonly<Record<string, (asked: { readonly model: string; readonly turn: number; readonly nth: number; readonly input: Json }) => Partial<ModelAnswer> | string>>;
}

/** Everything that the process calls and that outlives it: a ledger which knows its keys, and models that are counted. */
export interface Outside {
  tool(plan: FlowPlan, name: string): Tool;
  model(name: string): Model;
  /** How often each was called: `tool RUN PATH`, `model RUN PATH`. */
  readonly calls: ReadonlyMap<string, number>;
  /** Effects by idempotency key; those of tools that know no keys count each call. */
  readonly effects: ReadonlyMap<string, { readonly times: number; readonly output: Json }>;
  readonly problems: string[];
  /** Calls under way. */
  busy(): number;
}

export function createOutside(behaviour: Behaviour, clock: VirtualClock, durable: (run: string) => readonly RunEvent[]): Outside {
  const calls = new Map<string, number>();
  const effects = new Map<string, { times: number; output: Json }>();
  const inputs = new Map<string, string>();
  const problems: string[] = [];
  let busy = 0;
  const count = (key: string): number => {
    const nth = (calls.get(key) ?? 0) + 1;
    calls.set(key, nth);
    return nth;
  };
  async function during<T>(ms: number, act: () => T): Promise<T> {
    busy += 1;
    try {
      if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve));
      return act();
    } finally {
      busy -= 1;
    }
  }

  function apply(plan: FlowPlan, name: string, { input, key, run, attempt }: ToolCall, nth: number): Json {
    const tool = plan.tools[name];
    // A tool of a flow that is called has that flow's name before its own.
    const act = behaviour.tools[name.slice(name.lastIndexOf("/") + 1)];
    if (tool === undefined || act === undefined) throw new Error(`no fake for the tool ${name}`);
    if (tool.effect === "read") return act(input, { nth, key, outside });
    const events = durable(run.id);
    if (plan.class === "J" && !events.some((event) => event.type === "step.started" && event.path === run.path && event.data.attempt === attempt)) problems.push(`${run.path}: sent without a durable intent (I4)`);
    const body = JSON.stringify(input);
    if ((inputs.get(key) ?? body) !== body) problems.push(`${run.path}: another input under the same key (I10)`);
    inputs.set(key, body);
    const known = effects.get(key);
    if (known !== undefined && tool.idempotency.kind !== "none") return known.output;
    const output = act(input, { nth, key, outside });
    effects.set(key, { times: (known?.times ?? 0) + 1, output });
    return output;
  }

  const outside: Outside = {
    tool: (plan, name) => ({
      call(call) {
        const { id, path } = call.run;
        if (isRecorded(durable(id), path)) problems.push(`${path}: the ${plan.tools[name]?.effect ?? "tool"} \`${name}\` is called again though its end is recorded`);
        const nth = count(`tool ${id} ${path}`);
        // A write happens when it arrives, its answer comes later; a read sees what is there when it ends.
        if (plan.tools[name]?.effect === "read") return during(behaviour.takes?.[name] ?? 0, () => apply(plan, name, call, nth));
        const answer = (): Json => apply(plan, name, call, nth);
        try {
          const output = answer();
          return during(behaviour.takes?.[name] ?? 0, () => output);
        } catch (thrown) {
          return during(behaviour.takes?.[name] ?? 0, () => {
            throw thrown;
          });
        }
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    model: (model) => ({
      async complete(request, { caller }) {
        const { agent, run, path, input } = caller;
        const events = durable(run);
        if (events.some((event) => event.type === "model.completed" && event.path === path)) problems.push(`${path}: the model is asked again though its answer is recorded`);
        if (!events.some((event) => event.type === "model.started" && event.path === path)) problems.push(`${path}: asked without a durable \`model.started\` (I4)`);
        const nth = count(`model ${run} ${path}`);
        const turn = request.messages.filter(({ role }) => role === "assistant").length;
        const said = await during(0, () => behaviour.models[agent]?.({ model, turn, nth, input }));
        if (said === undefined) throw new Error(`no fake for the agent ${agent}`);
        const { text = "", toolCalls = [], usage = { in: 10, out: 5 }, finish } = typeof said === "string" ? { text: said } : said;
        return { text, toolCalls, usage, finish: finish ?? (toolCalls.length > 0 ? "tools" : "stop") };
      },
    }),
    calls,
    effects,
    problems,
    busy: () => busy,
  };
  return outside;
}

/** The one terminal event of a path (I9). */
const isRecorded = (events: readonly RunEvent[], path: string): boolean =>
  events.some((event) => event.path === path && (event.type === "step.completed" || event.type === "step.cancelled" || (event.type === "step.failed" && event.data.retryAt === undefined)));

import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import { isJsonObject, type Json } from "../../../src/core/json.js";
import type { FlowPlan, ToolPlan } from "../../../src/core/plan/flow-plan.js";
import type { Model, ModelRequest } from "../../../src/core/ports/model.js";
import type { Tool, ToolCall } from "../../../src/core/ports/tool.js";
import { TICKING } from "../generate/flow.js";
import { localName, UNDO_TOOL, VERIFY_TOOL } from "../generate/tools.js";
import type { RuntimePorts } from "../../../src/runtime/ports.js";
import type { World } from "./fates.js";

/** What a write has done in the world. */
export interface Effect {
  readonly tool: string;
  readonly run: string;
  readonly path: string;
  readonly key: string;
  readonly output: Json;
  times: number;
  /** In the order of all effects. */
  readonly at: number;
}

/** Tools and models: they outlive the process, know their keys, and count what they did. */
export interface Ledger {
  /** `isZombie`: another process owns its runs. */
  tool(plan: FlowPlan, name: string, isZombie: () => boolean): Tool;
  model(name: string): Model;
  /** Somebody has mended why a tool says no under this key. */
  mend(key: string): void;
  /** What a process asks for is looked at as it asks: on its way it may be overtaken. */
  sends(ports: Pick<RuntimePorts, "tool" | "model">, isZombie: () => boolean): Pick<RuntimePorts, "tool" | "model">;
  /** By idempotency key. */
  readonly effects: ReadonlyMap<string, Effect>;
  /** What was undone, by the key of the forward call, in that order. */
  readonly undone: ReadonlyMap<string, number>;
  /** Calls that are under way, of all runs, or at one place. */
  busy(run?: string, path?: string): number;
  readonly problems: string[];
}

type Fate = "fine" | "away" | "typed" | "hidden" | "hang" | "garbled";

export function createLedger({ schedule, chance, steady, profile, count, isCalm }: World, durable: (run: string) => readonly RunEvent[], fails: (path: string) => boolean): Ledger {
  const effects = new Map<string, Effect>();
  const undone = new Map<string, number>();
  /** The tool said no, and says so again under the same key. */
  const refusals = new Map<string, StepError>();
  const mended = new Set<string>();
  /** Of the first run that asked under that key. */
  const inputs = new Map<string, { readonly body: string; readonly run: string }>();
  /** Models, by run and path: how often. */
  const asked = new Map<string, number>();
  const problems: string[] = [];
  const calls = new Set<{ readonly run: string; readonly path: string }>();
  let order = 0;

  const draw = (): Fate => {
    if (isCalm()) return "fine";
    const { away, typed, hidden, hang, garbled } = profile.outside;
    const fate = chance.weigh<Fate>([[1, "fine"], [away, "away"], [typed, "typed"], [hidden, "hidden"], [hang, "hang"], [garbled, "garbled"]]);
    return fate;
  };
  const long = (): Promise<void> => schedule.wait(chance.pick([chance.between(1, 9_000), chance.between(10_000, 60_000), chance.between(60_000, 600_000)]));

  function send(plan: FlowPlan, name: string, tool: ToolPlan, { input, key, run, attempt }: ToolCall, isZombie: boolean): void {
    const events = durable(run.id);
    if (!isZombie && isRecorded(events, run.path)) problems.push(`${run.id} ${run.path}: \`${name}\` is called although its end is recorded (promise 2)`);
    if (tool.effect === "read") return;
    if (plan.class === "J" && !events.some((event) => event.type === "step.started" && event.path === run.path && event.data.attempt === attempt)) problems.push(`${run.id} ${run.path}: sent without a durable intent (I4)`);
    const body = JSON.stringify(input);
    const first = inputs.get(key) ?? { body, run: run.id };
    if (first.run === run.id && first.body !== body) problems.push(`${run.id} ${run.path}: another input under the same key (I10)`);
    inputs.set(key, first);
  }

  function apply(name: string, tool: ToolPlan, { input, key, run }: ToolCall): Json {
    const known = effects.get(key);
    // I17: a message that is sent again has the keys of its first run, whose effect may have been undone.
    const isOthers = known !== undefined && known.run !== run.id;
    if (isOthers && tool.idempotency.kind !== "none" && localName(name) !== UNDO_TOOL) {
      if (undone.has(key)) throw new StepError("refused", "it was undone");
      if (inputs.get(key)?.body !== JSON.stringify(input)) throw new StepError("conflict", "another input was given under this key");
    }
    if (known !== undefined && tool.idempotency.kind !== "none") return known.output;
    const said = refusals.get(key);
    if (said !== undefined) throw said;
    const of = isJsonObject(input) ? input["of"] : undefined;
    if (localName(name) === UNDO_TOOL && typeof of === "string") undone.set(of, (order += 1));
    // I30: what arrives after its undo is refused.
    else if (undone.has(key)) throw new StepError("refused", "it was undone");
    const output = { n: numberOf(input) + 1 };
    // A tool that knows no keys does it again for each of them.
    effects.set(isOthers ? `${key} of ${run.id}` : key, { tool: localName(name), run: run.id, path: run.path, key, output, times: isOthers ? 1 : (known?.times ?? 0) + 1, at: (order += 1) });
    return output;
  }

  function read(name: string, { input }: ToolCall): Json {
    if (localName(name) !== VERIFY_TOOL) return { n: numberOf(input) + 1 };
    const key = isJsonObject(input) ? String(input["key"]) : "";
    const effect = effects.get(key);
    return { happened: effect !== undefined, output: effect?.output ?? { n: 0 } };
  }

  const unavailable = (tool: ToolPlan, happened: string): StepError => new StepError("unavailable", happened, { outcome: tool.effect === "write" ? "unknown" : "not_applied" });

  async function act(name: string, tool: ToolPlan, call: ToolCall): Promise<Json> {
    const write = tool.effect === "write";
    const does = (): Json => (write ? apply(name, tool, call) : read(name, call));
    const fate = draw();
    if (fate !== "fine") count(`${write ? "write" : "read"} ${fate}`);
    switch (fate) {
      case "fine":
        return does();
      case "away":
        if (chance.hit(0.4)) throw new StepError("rate_limit", "busy", chance.hit(0.5) ? {} : { retryAfterMs: chance.between(1, 5_000) });
        throw new StepError("unavailable", "no connection");
      case "typed": {
        if (tool.errors["nope"] === undefined && !chance.hit(0.3)) return does();
        const known = effects.get(call.key);
        if (known !== undefined && write) return known.output;
        const no = new StepError(tool.errors["nope"] === undefined ? "refused" : "nope", "no");
        // An undo succeeds in the end (I30).
        if (write && localName(name) !== UNDO_TOOL) refusals.set(call.key, no);
        throw no;
      }
      case "hidden":
        if (chance.hit(0.6)) does();
        throw unavailable(tool, "broken off");
      case "garbled":
        does();
        return { n: "none" };
      case "hang": {
        // A request that arrives late knows its key, or nobody could tell what has happened.
        const late = write && tool.idempotency.kind !== "none" && chance.hit(0.5);
        if (late || !write) {
          await long();
          return does();
        }
        const output = does();
        await long();
        return output;
      }
    }
  }

  function asks(run: string, path: string, isZombie: boolean): void {
    const events = durable(run);
    if (!isZombie && events.some((event) => event.type === "model.completed" && event.path === path)) problems.push(`${run} ${path}: the model is asked again though its answer is recorded (promise 3)`);
    if (!events.some((event) => event.type === "model.started" && event.path === path)) problems.push(`${run} ${path}: asked without a durable \`model.started\` (I34)`);
  }

  async function during<T>(run: string, path: string, work: () => Promise<T>): Promise<T> {
    const call = { run, path };
    calls.add(call);
    try {
      return await work();
    } finally {
      calls.delete(call);
    }
  }

  /** The same the first time that it is asked there, whatever else happens; a model that is asked again says something else. */
  function answer(agent: string, place: string, { messages, tools }: ModelRequest): { readonly text: string; readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly args: Json }[] } {
    const times = (asked.get(place) ?? 0) + 1;
    asked.set(place, times);
    const chance = steady(`${place} ${times}`);
    const turn = messages.filter(({ role }) => role === "assistant").length;
    const [first, ...others] = tools;
    if (first !== undefined && turn < 3 && chance.hit(0.6)) {
      const asked = Array.from({ length: chance.between(1, 3) }, (_, at) => ({ id: `c${at}`, name: chance.pick([first, ...others]).name, args: chance.hit(0.05) ? { no: 1 } : { n: chance.below(9) } }));
      return { text: "", toolCalls: asked };
    }
    return { text: agent.endsWith("talker") ? "well" : JSON.stringify({ n: chance.below(9) }), toolCalls: [] };
  }

  return {
    effects,
    undone,
    problems,
    mend(key) {
      refusals.delete(key);
      mended.add(key);
    },
    busy: (run, path) => (run === undefined ? calls.size : [...calls].filter((call) => call.run === run && (path === undefined || call.path === path)).length),
    sends: ({ tool, model }, isZombie) => ({
      async tool(plan, name) {
        const made = await tool(plan, name);
        const declared = plan.tools[name];
        return {
          call(call) {
            if (declared !== undefined) send(plan, name, declared, call, isZombie());
            return made.call(call);
          },
          [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
        };
      },
      async model(plan, name) {
        const made = await model(plan, name);
        return {
          complete(request, options) {
            asks(options.caller.run, options.caller.path, isZombie());
            return made.complete(request, options);
          },
        };
      },
    }),
    tool: (plan, name, isZombie) => ({
      call(call) {
        const tool = plan.tools[name];
        if (tool === undefined) throw new Error(`there is no tool ${name}`);
        // What nothing but its key could tell to be one effect does not arrive when nobody waits for it any more (I16).
        if ((isZombie() || call.signal.aborted) && tool.effect === "write" && tool.idempotency.kind === "none") return new Promise(() => undefined);
        // What the clock starts is no progress of anything else.
        count(plan.id === TICKING ? "tool calls of ticks" : "tool calls");
        if (fails(call.run.path) && !mended.has(call.key)) return Promise.reject(new StepError("refused", "no"));
        return during(call.run.id, call.run.path, () => act(name, tool, call));
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    model: (name) => ({
      async complete(request, { caller }) {
        const { agent, run, path } = caller;
        count("model calls");
        return during(run, path, async () => {
          if (fails(path)) throw new StepError("refused", "no");
          const fate = draw();
          if (fate === "away" || fate === "hidden") throw new StepError(chance.hit(0.5) ? "unavailable" : "rate_limit", `${name} is away`);
          if (fate === "typed") throw new StepError("refused", `${name} refuses`);
          if (fate === "hang") await long();
          const said = fate === "garbled" ? { text: "hm", toolCalls: [] } : answer(agent, `${run} ${path}`, request);
          return { ...said, usage: { in: 10, out: 5 }, finish: said.toolCalls.length > 0 ? "tools" : "stop" };
        });
      },
    }),
  };
}

const numberOf = (input: Json): number => (isJsonObject(input) ? Number(input["n"]) % 1000 : 0);

/** The one terminal event of a path (I9); what failed is open again when its run goes on (I6). */
const isRecorded = (events: readonly RunEvent[], path: string): boolean =>
  events.slice(events.findLastIndex(({ type }) => type === "run.reopened") + 1).some((event) => event.path === path && (event.type === "step.completed" || event.type === "step.cancelled" || (event.type === "step.failed" && event.data.retryAt === undefined)));

import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { runGraph } from "../../../src/compiler/run-graph.js";
import type { EventMap, RunEvent, Wait } from "../../../src/core/event.js";
import type { GraphState } from "../../../src/core/graph.js";
import type { Json } from "../../../src/core/json.js";
import type { FlowPlan } from "../../../src/core/plan/flow-plan.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import type { ToolCall } from "../../../src/core/ports/tool.js";
import { startRun } from "../../../src/runtime/run/execute.js";
import { foldHistory } from "../../../src/runtime/run/history.js";
import { JournalLost } from "../../../src/runtime/run/journal.js";
import type { RuntimePorts } from "../../../src/runtime/ports.js";
import { recordingJournal } from "../../support/recording-journal.js";
import { loadFlows } from "../../support/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";
import { turns, virtualClock, type VirtualClock } from "../../support/virtual-clock.js";

/** What a tool does: `call` is the port's call, `name` the tool's name. */
export type ToolFake = (call: ToolCall, name: string) => Json | Promise<Json>;

export interface Given {
  readonly input?: Json;
  readonly tools?: Readonly<Record<string, ToolFake>>;
  readonly models?: (path: string) => Partial<ModelAnswer> | Promise<Partial<ModelAnswer>>;
  readonly past?: readonly RunEvent[];
  readonly clock?: VirtualClock;
  readonly layout?: "expanded" | "fused";
  readonly startedAt?: number;
  /** Ports of an earlier process object: its breakers and semaphores. */
  readonly ports?: RuntimePorts;
}

export interface Running {
  readonly plan: FlowPlan;
  readonly done: Promise<GraphState>;
  readonly clock: VirtualClock;
  readonly ports: RuntimePorts;
  readonly events: readonly RunEvent[];
  /** Tool calls and model calls in order: `tool path#attempt`. */
  readonly effects: string[];
  readonly keys: string[];
  readonly waits: readonly Wait[];
  readonly quiescent: () => number;
  /** Appends an event as its owner does, and wakes who waits for it. */
  wake<T extends "signal.received" | "timer.fired" | "incident.resolved">(type: T, path: string | null, data: EventMap[T]): void;
  cancel(): void;
  drop(): void;
}

export const RUN = "aarun";

/** `tools` section of no-op tools by name: `r` reads, `k` writes with a key, `w` writes without. */
export const TOOLS = `
tools:
  r: { module: ./tools.ts#r, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: read }
  k: { module: ./tools.ts#k, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key, errors: { nope: {} } }
  w: { module: ./tools.ts#w, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write }
`;

export const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
input: { fields: { n: number } }
${more.includes("tools:") ? "" : TOOLS}
on: { manual: {} }
${more}
steps:
${steps
  .split("\n")
  .map((line) => `  ${line}`)
  .join("\n")}
`;

export function start(text: string, given: Given = {}): Running {
  const loaded = loadFlows(text).at(-1);
  if (loaded === undefined) throw new Error("the text has no flow");
  const { plan } = loaded;
  const clock = given.clock ?? virtualClock();
  const effects: string[] = [];
  const keys: string[] = [];
  const ports: RuntimePorts = given.ports ?? portsOf(clock, given, effects, keys);
  const journal = recordingJournal(RUN, given.past ?? [], clock.now);
  const waits: Wait[] = [];
  const history = foldHistory(given.past ?? []);
  const abort = new AbortController();
  if (history.cancelled) abort.abort();
  const input = given.input ?? { n: 1 };
  let quiescent = 0;
  const handle = startRun({
    plan,
    run: RUN,
    keyRun: RUN,
    input,
    depth: 0,
    messageKey: "mk",
    startedAt: given.startedAt ?? clock.now(),
    ports,
    journal,
    history,
    signal: abort.signal,
    quiescent: () => {
      quiescent += 1;
      waits.push(...(handle.standing()?.waits ?? []));
    },
  });
  const graph = given.layout === "expanded" ? runGraph(plan.graph.expanded) : loaded.graph;
  const done = graph(RUN, input, handle.execute, new AbortController().signal);
  return {
    plan,
    done,
    clock,
    ports,
    events: journal.events,
    effects,
    keys,
    waits,
    quiescent: () => quiescent,
    wake(type, path, data) {
      journal.append(type, path, data);
      const event = journal.events.at(-1);
      if (event !== undefined) handle.wake(event);
    },
    cancel: () => abort.abort(),
    drop() {
      handle.drop();
      // What it was in the midst of ends with it.
      done.catch((thrown: unknown) => {
        if (!(thrown instanceof JournalLost)) throw thrown;
      });
    },
  };
}

/** Starts it and lets time pass until it ends; a run that waits for somebody is an error. */
export async function run(text: string, given: Given = {}): Promise<Running & { readonly state: GraphState }> {
  const running = start(text, given);
  return { ...running, state: await ended(running) };
}

export async function ended(running: Running): Promise<GraphState> {
  let state: GraphState | null = null;
  let failure: unknown = null;
  running.done.then(
    (value) => (state = value),
    (thrown: unknown) => (failure = thrown),
  );
  for (let step = 0; step < 200 && state === null && failure === null; step += 1) {
    await turns(4);
    if (state !== null || failure !== null) break;
    if (running.clock.pending() > 0) await running.clock.advance(60_000);
  }
  if (failure !== null) throw failure;
  if (state === null) throw new Error(`the run does not end; it waits for ${JSON.stringify(running.waits)}`);
  return state;
}

function portsOf(clock: VirtualClock, given: Given, effects: string[], keys: string[]): RuntimePorts {
  return {
    clock,
    random: seededRandom(),
    store: createMemoryStore(),
    bus: createMemoryBus(clock),
    model: async () => ({
      async complete(_request, { caller }) {
        effects.push(`model ${caller.path}`);
        const { text = "", toolCalls = [], usage = { in: 10, out: 5 }, finish } = (await given.models?.(caller.path)) ?? {};
        return { text, toolCalls, usage, finish: finish ?? (toolCalls.length > 0 ? "tools" : "stop") };
      },
    }),
    tool: async (_plan, name) => ({
      async call(call) {
        effects.push(`${name} ${call.run.path}#${call.attempt}`);
        keys.push(call.key);
        const fake = given.tools?.[name];
        return fake === undefined ? call.input : fake(call, name);
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    price: () => null,
    observer: { event: () => undefined },
  };
}

export const ofType = <T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): readonly Extract<RunEvent, { readonly type: T }>[] =>
  events.filter((event): event is Extract<RunEvent, { readonly type: T }> => event.type === type);

/** A promise that never settles: a tool that hangs. */
export const hangs = (): Promise<never> => new Promise<never>(() => undefined);

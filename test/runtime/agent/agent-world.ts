import type { RunEvent, TokenEvent } from "../../../src/core/event.js";
import { StepError } from "../../../src/core/errors.js";
import type { GraphState } from "../../../src/core/graph.js";
import type { Json } from "../../../src/core/json.js";
import type { Model, ModelAnswer, ModelRequest } from "../../../src/core/ports/model.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { startRun } from "../../../src/runtime/run/execute.js";
import { foldHistory } from "../../../src/runtime/run/history.js";
import type { RuntimePorts } from "../../../src/runtime/ports.js";
import { recordingJournal, type RecordingJournal } from "../../support/recording-journal.js";
import { loadFlows } from "../../support/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";
import { virtualClock, type VirtualClock } from "../../support/virtual-clock.js";

type Asked = ModelRequest & { readonly path: string; readonly signal: AbortSignal; readonly onText: ((text: string) => void) | null };
export type ModelFake = (asked: Asked) => Partial<ModelAnswer> | string | Promise<Partial<ModelAnswer> | string>;
export type ToolFake = (input: Json, call: { readonly key: string; readonly path: string }) => Json | Promise<Json>;

export interface Given {
  readonly models?: Readonly<Record<string, ModelFake>>;
  /** Whole models, instead of fakes. */
  readonly open?: (name: string) => Promise<Model>;
  readonly tools?: Readonly<Record<string, ToolFake>>;
  readonly input?: Json;
  readonly price?: { readonly in: number; readonly out: number };
  /** The journal that another process left. */
  readonly past?: readonly RunEvent[];
  readonly token?: (event: TokenEvent) => void;
  readonly clock?: VirtualClock;
}

export interface Running {
  readonly done: Promise<GraphState>;
  readonly clock: VirtualClock;
  readonly journal: RecordingJournal;
  readonly asked: Asked[];
  readonly cancel: () => void;
  /** How often the run said that it may be dropped (I12). */
  readonly quiescent: () => number;
  readonly totals: () => { readonly usage: { readonly in: number; readonly out: number }; readonly usd: number };
}

const RUN = "aarun";
const INPUT = { q: "why?" };

/** A flow of one agent `a` with two models, `m` and `n`; `agent` and `more` are lines of YAML. */
export const agentFlow = (agent: string, more = ""): string => `
flowctl: v1
flow: f
input: { fields: { q: string } }
models: { m: { provider: scripted, model: s, answers: {} }, n: { provider: scripted, model: t, answers: {} } }
agents:
  a:
    instructions: "Answer \${input.q}"
${[...(agent.includes("model:") ? [] : ["model: m"]), ...agent.split("\n")].map((line) => `    ${line}`).join("\n")}
on: { manual: {} }
${more.includes("steps:") ? "" : "steps: [ { id: a, agent: a } ]\nvalue: { answer: \"${steps.a}\" }"}
${more}
`;

/** Starts one run of the text's first flow over fakes. */
export function start(text: string, given: Given): Running {
  const [flow] = loadFlows(text);
  if (flow === undefined) throw new Error("the text has no flow");
  const clock = given.clock ?? virtualClock();
  const asked: Asked[] = [];
  const ports: RuntimePorts = {
    clock,
    random: seededRandom(),
    store: createMemoryStore(),
    bus: null,
    model: async (_plan, name) => given.open?.(name) ?? fakeModel(name, given, asked),
    tool: async (_plan, name) => ({
      call: async ({ input, key, run }) => {
        const fake = given.tools?.[name];
        if (fake === undefined) throw new Error(`no fake for the tool ${name}`);
        return fake(input, { key, path: run.path });
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    price: () => given.price ?? null,
    observer: { event: () => undefined, ...(given.token === undefined ? {} : { token: given.token }) },
  };
  const journal = recordingJournal(RUN, given.past ?? [], clock.now);
  const abort = new AbortController();
  let quiescent = 0;
  const handle = startRun({
    plan: flow.plan,
    run: RUN,
    keyRun: RUN,
    input: given.input ?? INPUT,
    depth: 0,
    messageKey: null,
    startedAt: clock.now(),
    ports,
    journal,
    history: foldHistory(given.past ?? []),
    signal: abort.signal,
    quiescent: () => void (quiescent += 1),
  });
  const done = flow.graph(RUN, given.input ?? INPUT, handle.execute, new AbortController().signal);
  return { done, clock, journal, asked, cancel: () => abort.abort(), quiescent: () => quiescent, totals: handle.totals };
}

/** A run that needs no time to pass. */
export async function run(text: string, given: Given): Promise<Running & { readonly state: GraphState }> {
  const running = start(text, given);
  return { ...running, state: await running.done };
}

function fakeModel(name: string, given: Given, asked: Asked[]): Model {
  const fake = given.models?.[name];
  if (fake === undefined) throw new Error(`no fake for the model ${name}`);
  return {
    async complete(request, { caller, signal, onText }) {
      const one: Asked = { ...request, path: caller.path, signal, onText };
      asked.push(one);
      const said = await fake(one);
      const { text = "", toolCalls = [], usage = { in: 10, out: 5 }, finish } = typeof said === "string" ? { text: said } : said;
      return { text, toolCalls, usage, finish: finish ?? (toolCalls.length > 0 ? "tools" : "stop") };
    },
  };
}

/** A model that says one thing after the other, the last for ever. */
export function says(...turns: readonly (Partial<ModelAnswer> | string | StepError)[]): ModelFake {
  let at = 0;
  return () => {
    const turn = turns[Math.min(at, turns.length - 1)];
    at += 1;
    if (turn instanceof StepError) throw turn;
    return turn ?? "";
  };
}

export const calls = (...names: readonly (readonly [name: string, args: Json])[]): Partial<ModelAnswer> => ({
  toolCalls: names.map(([name, args], index) => ({ id: `c${index}`, name, args })),
});

export const ofType = <T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): readonly Extract<RunEvent, { readonly type: T }>[] =>
  events.filter((event): event is Extract<RunEvent, { readonly type: T }> => event.type === type);

import { createMemoryBus } from "../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { compile } from "../../src/compiler/compile.js";
import { runGraph } from "../../src/compiler/run-graph.js";
import type { RunEvent } from "../../src/core/event.js";
import type { GraphRunner } from "../../src/core/graph.js";
import type { Json } from "../../src/core/json.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { Bus, Delivery, Outgoing } from "../../src/core/ports/bus.js";
import type { Formats } from "../../src/core/ports/format.js";
import type { HttpServer } from "../../src/core/ports/http-server.js";
import type { Store } from "../../src/core/ports/store.js";
import type { Tool } from "../../src/core/ports/tool.js";
import type { Queues, Role } from "../../src/core/queues.js";
import type { RuntimePorts } from "../../src/runtime/ports.js";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.js";
import type { LoadedFlow } from "../../src/runtime/world.js";
import { seededRandom } from "./seeded-random.js";
import { virtualClock, type VirtualClock } from "./virtual-clock.js";

/** The flows of a YAML text, ready to run. */
export function loadFlows(text: string, layout: "fused" | "expanded" = "fused", files: Readonly<Record<string, string>> = {}): LoadedFlow[] {
  const { flows, diagnostics } = compile({ entries: [{ path: "flow.yaml", text }], read: (path) => files[path] ?? (path.endsWith("tools.ts") ? "export {};" : null) });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return flows.flatMap(({ plan }) => (plan === null ? [] : [{ plan, graph: runGraph(plan.graph[layout]) }]));
}

const graphOf = (plan: FlowPlan): GraphRunner => runGraph(plan.graph.fused);

export type ToolFake = (input: Json, call: { readonly key: string; readonly attempt: number; readonly run: string; readonly signal: AbortSignal }) => Json | Promise<Json>;

export interface World {
  readonly runtime: Runtime;
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly events: RunEvent[];
  readonly notices: string[];
  /** Publishes values (as JSON) or raw texts (given as `{ raw }`). */
  send(topic: string, messages: readonly (Json | Raw)[], more?: { readonly key?: (message: Json) => string; readonly headers?: Readonly<Record<string, string>> }): Promise<void>;
  /** Everything on a topic, parsed, by a group of its own. */
  read(topic: string): Promise<Json[]>;
  readDeliveries(topic: string): Promise<Delivery[]>;
  /** Time passes until the runtime is idle. */
  settle(): Promise<void>;
}
export class Raw {
  readonly body: string;
  constructor(body: string) {
    this.body = body;
  }
}

/** A runtime over memory adapters, a virtual clock and fake tools; `over` replaces what stands under it. */
export function world(text: string, tools: Readonly<Record<string, ToolFake>> = {}, over: { readonly bus?: (bus: Bus) => Bus; readonly store?: Store; readonly keepBus?: Bus; readonly clock?: VirtualClock; readonly quiet?: true; readonly layout?: "fused" | "expanded"; readonly model?: RuntimePorts["model"]; readonly http?: HttpServer; readonly seed?: number; readonly queues?: Queues; readonly role?: Role; /** sha256 of the code behind the fakes. */ readonly code?: () => string; /** Schema files beside the flow. */ readonly files?: Readonly<Record<string, string>>; readonly formats?: (plans: readonly FlowPlan[]) => Formats } = {}): World {
  const clock = over.clock ?? virtualClock();
  const inner = over.keepBus ?? createMemoryBus(clock);
  const bus = over.bus?.(inner) ?? inner;
  const store = over.store ?? createMemoryStore();
  const events: RunEvent[] = [];
  const notices: string[] = [];
  const flows = loadFlows(text, over.layout, over.files);
  const formats = over.formats?.(flows.map(({ plan }) => plan));
  const ports: RuntimePorts = {
    ...(formats === undefined ? {} : { formats }),
    clock,
    random: seededRandom(over.seed),
    store,
    bus,
    model: over.model ?? (() => Promise.reject(new Error("no models in this test"))),
    tool: async (_plan, name): Promise<Tool> => {
      const fake = tools[name];
      if (fake === undefined) throw new Error(`no fake for the tool ${name}`);
      const { code } = over;
      return {
        ...(code === undefined ? {} : { code: async () => code() }),
        call: async ({ input, key, attempt, run, signal }) => fake(input, { key, attempt, run: run.id, signal }),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
    price: () => null,
    ...(over.queues === undefined ? {} : { queues: over.queues }),
    ...(over.http === undefined ? {} : { http: over.http }),
    observer: over.quiet === true ? { pure: false, event: () => undefined } : { event: (event) => events.push(event), notice: (text) => notices.push(text) },
  };
  const runtime = createRuntime({ flows, ports, graphOf, ...(over.role === undefined ? {} : { role: over.role }) });
  const layout = over.layout ?? "fused";
  let sent = 0;
  let readers = 0;
  const readDeliveries = async (topic: string): Promise<Delivery[]> => {
    const subscription = await inner.subscribe({ topic, group: `reader-${(readers += 1)}`, from: "earliest", maxBatch: 100_000 });
    const found: Delivery[] = [];
    if ((await subscription.lag()) > 0) {
      for await (const batch of subscription.batches) {
        found.push(...batch);
        if (found.length >= (await subscription.lag())) break;
      }
    }
    await subscription.close();
    return found;
  };
  return {
    runtime,
    bus: inner,
    store,
    clock,
    events,
    notices,
    async send(topic, messages, { key, headers } = {}) {
      const outgoing = messages.map((message): Outgoing => {
        sent += 1;
        if (message instanceof Raw) return { topic, key: null, id: `s${sent}`, headers: { ...headers }, body: message.body };
        return { topic, key: key?.(message) ?? null, id: `s${sent}`, headers: { ...headers }, body: JSON.stringify(message) };
      });
      await inner.publish(outgoing);
    },
    readDeliveries,
    read: async (topic) => (await readDeliveries(topic)).map((one): Json => JSON.parse(String(one.body))),
    async settle() {
      // Loaded for the first graph of several nodes: that takes real time, and only the clock's own passes here.
      if (flows.some(({ plan }) => plan.graph[layout].nodes.length > 1)) await import("../../src/compiler/emit-graph.js");
      let done = false;
      const idle = runtime.idle().finally(() => (done = true));
      idle.catch(() => undefined);
      for (let step = 0; step < 2000; step += 1) {
        if (done) break;
        await clock.advance(50);
      }
      if (!done) throw new Error(`the runtime did not become idle: ${JSON.stringify(runtime.stats())}`);
      await idle;
    },
  };
}

import type { BrokerRef } from "../core/broker.js";
import { InfraError } from "../core/errors.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { Bus } from "../core/ports/bus.js";
import type { Operator, TopicReader } from "../core/ports/operator.js";
import type { RegistryRef } from "../core/registry.js";
import type { DeadLetterRow } from "../core/ports/store.js";
import type { Queues, Role } from "../core/queues.js";
import { systemClock } from "../adapters/clock/system.js";
import { createHttpServer } from "../adapters/http-server/server.js";
import { priceOf } from "../adapters/model/prices.js";
import { systemRandom } from "../adapters/random/system.js";
import { openSecrets } from "../adapters/secret/secrets.js";
import { runGraph } from "../compiler/run-graph.js";
import type { Observer } from "../runtime/ports.js";
import { createRuntime, type Runtime } from "../runtime/runtime.js";
import type { LoadedFlow } from "../runtime/world.js";
import { formatBus } from "../runtime/format/format-bus.js";
import type { StorageChoice } from "./run/choose-storage.js";
import { createBroadcast } from "./wire/broadcast.js";
import { openCassette, type CassetteChoice } from "./wire/cassette.js";
import { openControl } from "./wire/control.js";
import { openFormats } from "./wire/formats.js";
import { lettersSince } from "./wire/letters-since.js";
import { leftInFile } from "./wire/left-in-file.js";
import { needNoTopics } from "./wire/need-no-topics.js";
import { needSameBroker } from "./wire/need-same-broker.js";
import { needTopics } from "./wire/need-topics.js";
import { openBroker } from "./wire/open-broker.js";
import { openModels } from "./wire/models.js";
import { ownOperator } from "./wire/own-operator.js";
import { openStorage } from "./wire/storage.js";
import { openTools } from "./wire/tools.js";

export { RuntimeClosed } from "../runtime/runtime-closed.js";
export type { Summary } from "../runtime/stats.js";
export type { RunReport } from "../runtime/world.js";

export interface Wired extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly bus: Bus;
  /** What a person should know before it serves, each as `FC6045: …`. */
  readonly warnings: readonly string[];
  /** Null in memory. */
  readonly topics: TopicReader | null;
  /** What an operator does in this process. */
  readonly operator: Operator;
  /** What new runs take. */
  plans(): readonly FlowPlan[];
  /** New runs of this flow take this plan; those under way keep theirs. */
  replace(plan: FlowPlan): Promise<void>;
  observe(observer: Observer): () => void;
  /** Answers other processes that work on the same file, and keeps it small. */
  serve(): Promise<void>;
  /** Processes that take the same messages and runs, this one included once it has started; 0 where nobody can share them. */
  serving(): Promise<number>;
  /** Once it has started: others drive the runs of its store too, and go on with those that it leaves. */
  isBesideOthers(): Promise<boolean>;
  /** Messages that no flow could take and whose topics name no `dlq`, since this process began. */
  deadLetters(): Promise<readonly DeadLetterRow[]>;
}

export interface Outside {
  /** What the paths of secrets are relative to. */
  readonly folder: string;
  /** Private hosts that HTTP tools may reach. */
  readonly allow: readonly string[];
  readonly storage?: StorageChoice;
  /** Where messages are, and what makes there what the flows need, as it is typed; null: beside the runs, in the storage. */
  readonly broker?: { readonly ref: BrokerRef; readonly apply: string } | null;
  /** Where schemas of topics are. */
  readonly registry?: RegistryRef | null;
  readonly cassette?: CassetteChoice | null;
  /** Runs come from what is fed: no schedule ticks, and no request is answered. */
  readonly fed?: boolean;
  /** Where requests are listened for, `host:port`. */
  readonly listen?: string;
  readonly queues?: Queues;
  /** What this process does of the flows; absent: everything. */
  readonly role?: Role;
}

/** Where requests are listened for that start flows, unless the project file says it. */
const LISTEN = "127.0.0.1:8480";

/**
 * Joins plans with everything outside: the only place, beside the library's index, that knows compiler, runtime and
 * adapters. Rejects before anything runs when a secret is not there, or the store cannot be used.
 */
export async function wire(plans: readonly FlowPlan[], { folder, allow, storage: choice = { kind: "memory" }, broker: there = null, registry = null, cassette: tape = null, fed = false, listen = LISTEN, queues = {}, role }: Outside): Promise<Wired> {
  const secrets = openSecrets({ env: process.env, folder });
  const cassette = await openCassette(tape, plans, secrets);
  if (cassette.live) await needSecrets(plans, secrets);
  const own = await openStorage(choice, secrets);
  const ref = there?.ref ?? null;
  if (choice.kind === "postgres" && ref === null && !fed) await connected(async () => needNoTopics(plans), own);
  const broker = ref === null ? null : await connected(() => openBroker(ref, secrets, folder), own);
  const before = broker === null ? [own] : [broker, own];
  const formats = await connected(() => openFormats(plans, { registry, broker: ref?.kind ?? null, secrets, folder }), ...before);
  await connected(() => formats.needSchemas(plans), formats, ...before);
  let closed = false;
  const bare = broker?.bus ?? own.bus;
  const storage = { ...own, ...(broker === null ? {} : { topics: broker.topics }), bus: formatBus(bare, formats, systemClock, () => closed) };
  const { store, bus } = storage;
  const needed = async (all: readonly FlowPlan[]): Promise<readonly string[]> => (broker === null || there === null ? [] : needTopics(broker, all, queues, role?.queues ?? [], there.apply));
  const left = async (): Promise<readonly string[]> => (broker === null || own.topics === null ? [] : leftInFile(await own.topics.topics(), plans, queues));
  const warnings = [...(await connected(() => needed(plans), formats, ...before)), ...(await connected(left, formats, ...before)), ...(await connected(() => needSameBroker(own, ref, fed), formats, ...before))];
  const flows = new Map(plans.map((plan) => [plan.id, loaded(plan)]));
  const tools = openTools({ secrets, allow, cassette, current: ({ id, binding }) => flows.get(binding.root?.flow ?? id)?.plan });
  const broadcast = createBroadcast();
  const began = systemClock.now();
  const runtime = createRuntime({
    flows: [...flows.values()],
    graphOf,
    fed,
    ...(role === undefined ? {} : { role }),
    ports: {
      queues,
      clock: systemClock,
      random: systemRandom,
      store,
      bus: bare,
      formats,
      model: openModels(secrets, cassette),
      tool: (plan, name) => tools.open(plan, name),
      http: createHttpServer(listenAt(listen)),
      price: priceOf,
      observer: broadcast.observer,
    },
  });
  const operator = ownOperator(runtime, storage, broadcast, () => [...flows.keys()]);
  let control: AsyncDisposable | null = null;
  return {
    runtime,
    bus,
    warnings,
    topics: storage.topics,
    operator,
    async replace(plan) {
      if (cassette.live) await needSecrets([plan], secrets);
      await needed([plan]);
      await formats.load([plan]);
      const flow = loaded(plan);
      await runtime.replace(flow);
      flows.set(plan.id, flow);
    },
    plans: () => [...flows.values()].map(({ plan }) => plan),
    observe: broadcast.subscribe,
    async serve() {
      control = await openControl(storage, operator, broadcast);
      storage.keepHouse((problem) => broadcast.observer.notice?.(problem));
    },
    // Without a broker the topics are this process's alone.
    serving: async () => (broker === null ? 0 : ((await store.sharing?.serving()) ?? 0)),
    isBesideOthers: async () => ((await store.sharing?.serving()) ?? 0) > 1,
    deadLetters: () => lettersSince(store, began),
    async [Symbol.asyncDispose]() {
      // In this order, and each also where an earlier one failed: what is left open holds the process.
      await using stack = new AsyncDisposableStack();
      closed = true;
      for (const part of [cassette, own, broker, formats, tools, { [Symbol.asyncDispose]: () => runtime.close() }, control]) stack.use(part);
    },
  };
}

/** What was opened before is closed again where this cannot be: an open file or connection holds the process. */
async function connected<T>(open: () => Promise<T>, ...before: readonly AsyncDisposable[]): Promise<T> {
  try {
    return await open();
  } catch (error) {
    for (const part of before) await part[Symbol.asyncDispose]();
    throw error;
  }
}

const graphOf = (plan: FlowPlan): LoadedFlow["graph"] => runGraph(plan.graph.fused);
const loaded = (plan: FlowPlan): LoadedFlow => ({ plan, graph: graphOf(plan) });

function listenAt(address: string): { readonly host: string; readonly port: number } {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

async function needSecrets(plans: readonly FlowPlan[], secrets: ReturnType<typeof openSecrets>): Promise<void> {
  const missing: InfraError[] = [];
  const needed = new Map(plans.flatMap(({ binding }) => binding.secrets.map((secret) => [`${secret.secret}:${secret.name}`, secret] as const)));
  for (const secret of needed.values()) {
    try {
      await secrets.read(secret);
    } catch (error) {
      if (!(error instanceof InfraError)) throw error;
      missing.push(error);
    }
  }
  const [first] = missing;
  if (first === undefined) return;
  if (missing.length === 1) throw first;
  throw new InfraError("FC6001", missing.map(({ message }) => message).join("; "), { hint: "set them, or choose a profile that needs none" });
}

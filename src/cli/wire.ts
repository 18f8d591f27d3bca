import { InfraError } from "../core/errors.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { Bus } from "../core/ports/bus.js";
import type { DeadLetterRow } from "../core/ports/store.js";
import { createMemoryBus } from "../adapters/bus/memory.js";
import { systemClock } from "../adapters/clock/system.js";
import { priceOf } from "../adapters/model/prices.js";
import { systemRandom } from "../adapters/random/system.js";
import { openSecrets } from "../adapters/secret/secrets.js";
import { createMemoryStore } from "../adapters/store/memory.js";
import { runGraph } from "../compiler/run-graph.js";
import type { Observer } from "../runtime/ports.js";
import { createRuntime, type Runtime } from "../runtime/runtime.js";
import { openCassette, type CassetteChoice } from "./wire/cassette.js";
import { openModels } from "./wire/models.js";
import { openTools } from "./wire/tools.js";

export { RuntimeClosed } from "../runtime/runtime-closed.js";
export type { Summary } from "../runtime/stats.js";
export type { RunReport } from "../runtime/world.js";

export interface Wired extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly bus: Bus;
  /** Messages that no flow could take and whose topics name no `dlq`. */
  deadLetters(): Promise<readonly DeadLetterRow[]>;
}

/** Of the letters in the store, how many are shown at the end of a run. */
const MOST_LETTERS = 10_000;

/**
 * Joins plans with everything outside: the only place, beside the library's index, that knows compiler, runtime and
 * adapters. Rejects before anything runs when a secret is not there.
 */
export async function wire(plans: readonly FlowPlan[], outside: { readonly folder: string; readonly allow: readonly string[]; readonly observer: Observer; readonly cassette?: CassetteChoice | null }): Promise<Wired> {
  const secrets = openSecrets({ env: process.env, folder: outside.folder });
  const cassette = await openCassette(outside.cassette ?? null, plans, secrets);
  if (cassette.live) await needSecrets(plans, secrets);
  const bus = createMemoryBus(systemClock);
  const tools = openTools({ secrets, allow: outside.allow, cassette });
  const store = createMemoryStore();
  const runtime = createRuntime({
    flows: plans.map((plan) => ({ plan, graph: runGraph(plan, plan.graph.fused) })),
    ports: {
      clock: systemClock,
      random: systemRandom,
      store,
      bus,
      model: openModels(secrets, cassette),
      tool: (plan, name) => tools.open(plan, name),
      price: priceOf,
      observer: outside.observer,
    },
  });
  return {
    runtime,
    bus,
    deadLetters: () => store.deadLetters({ limit: MOST_LETTERS }),
    async [Symbol.asyncDispose]() {
      await runtime.close();
      await tools[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await cassette[Symbol.asyncDispose]();
    },
  };
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

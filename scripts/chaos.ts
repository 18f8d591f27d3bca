import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openBrokerAlone } from "../src/cli/wire/open-broker.js";
import { openPostgresAlone } from "../src/cli/wire/open-postgres.js";
import { postgresOperator } from "../src/cli/wire/postgres-operator.js";
import { seededRandom } from "../test/support/seeded-random.js";
import { faultsOf, type Fault } from "./chaos/faults.js";
import { groupsOf, type Membership } from "./chaos/groups.js";
import { openWorld } from "./chaos/world.js";
import { attended, caseOf, makeFolder, print, say, seconds, startServer, untilQuiet } from "./crash.js";
import type { CrashCase, Figure, Sent } from "./crash/case.js";
import { openProject, operate, publish, type Project } from "./crash/project.js";
import { startServing, type Serving } from "./crash/serving.js";

export interface ChaosOptions {
  readonly on: string;
  /** Which flows work. */
  readonly flow: string;
  /** Processes that serve; more than one share a store on PostgreSQL. */
  readonly workers: number;
  readonly faults: number;
  readonly messages: number;
  readonly seed: number;
  readonly keep: boolean;
  /** Also faults of a minute. */
  readonly long: boolean;
}

/** The exit status of a process without its store. */
const STORE_IS_AWAY = 3;
/** How long members come and go each second. */
const REBALANCES_MS = { short: 3000, long: 30_000 };

/** True when every figure holds. */
export async function chaos({ on, flow, workers, faults, messages, seed, keep, long }: ChaosOptions): Promise<boolean> {
  const of = caseOf(flow);
  const random = seededRandom(seed).next;
  const sent = of.workload(messages, random);
  await using world = await openWorld(on, workers);
  const { victim } = world;
  await using ledger = await startServer(of.server, seed);
  const folder = makeFolder(of, world.written.broker, world.written.store);
  const { store } = world;
  const project = openProject(
    folder,
    ledger.url,
    Object.keys(of.flows).map((name) => `flows/${name}`),
    () => openBrokerAlone(world.broker, folder),
    store === null ? null : async () => postgresOperator(await openPostgresAlone(store, folder)),
  );
  say(`seed ${seed}: ${faults} faults on ${on}, ${workers} ${workers === 1 ? "worker" : "workers"}, ${messages} messages of ${flow}, ${folder}`);
  await applyTopics(project);
  const began = performance.now();
  const left = [...sent];
  const groups = groupsOf(folder);
  const deck = faultsOf(faults, on, random);
  const counts = new Map<Fault, number>();
  const away: number[] = [];
  let gaveUp = 0;
  const serving = await Promise.all(Array.from({ length: workers }, () => served(project)));
  const calm = Promise.withResolvers<void>();
  const persons = attend(of, project, calm.promise);
  for (const [fault, is] of deck.entries()) {
    const feeding = feed(project, left.splice(0, Math.ceil(left.length / (faults - fault))));
    await pause(random() * 1200);
    const at = Math.floor(random() * workers);
    const one = serving[at];
    if (one === undefined) throw new Error("there is no worker");
    counts.set(is, (counts.get(is) ?? 0) + 1);
    if (is === "worker" || is === "both") await killed(one);
    if (is === "frozen") {
      one.signal("SIGSTOP");
      await pause(long ? 30_000 : 11_000);
      one.signal("SIGCONT");
    }
    if (is === "rebalance") await rebalance(project, groups, long ? REBALANCES_MS.long : REBALANCES_MS.short);
    if (is === "server" || is === "both" || is === "away") {
      const from = performance.now();
      await victim.kill();
      await pause(is === "away" ? (long ? 60_000 : 8000) : random() * 1500);
      await victim.start();
      away.push(performance.now() - from);
    }
    if (is === "worker" || is === "both") serving[at] = await served(project);
    for (const [place, worker] of serving.entries()) {
      // Without its store for half a minute a process ends, and whoever watches over it starts it again.
      if (worker.ended() !== STORE_IS_AWAY || on !== "postgres" || is !== "away") continue;
      serving[place] = await served(project);
      gaveUp += 1;
    }
    await feeding;
    if ((fault + 1) % 10 === 0) say(`${fault + 1} faults after ${seconds(began)}`);
  }
  calm.resolve();
  await persons;
  const recovering = performance.now();
  const quiet = await operate(project, (operator) => untilQuiet(of, project, operator, of.waiting(sent)));
  const settled = seconds(recovering);
  const stopped = await Promise.all(serving.map((one) => one.stop()));
  const figures: Figure[] = [
    { what: "faults", value: [...counts].map(([is, times]) => `${times} ${is}`).join(", "), wrong: false },
    { what: `${on} was away`, value: `${away.length} times, ${(away.reduce((sum, ms) => sum + ms, 0) / 1000).toFixed(1)} s in all`, wrong: false },
    { what: "processes that ended without their store, and were started again", value: String(gaveUp), wrong: !long && gaveUp > 0 },
    { what: "all quiet after the last fault", value: quiet ?? settled, wrong: quiet !== null },
    { what: "the last processes were stopped, exit", value: stopped.join(", "), wrong: stopped.some((status) => status !== 130 && status !== 143 && status !== 0) },
    ...(await of.verdict(project, sent)),
  ];
  print(figures);
  const wrong = figures.filter((one) => one.wrong).length;
  say(`${wrong === 0 ? "nothing lost, nothing done twice" : `${wrong} figures are wrong`} (seed ${seed}, ${seconds(began)})`);
  if (wrong === 0 && !keep) rmSync(folder, { recursive: true, force: true });
  else say(`database and logs: ${folder}`);
  return wrong === 0;
}

/** Each second somebody joins every group of the flows and leaves it. */
async function rebalance({ broker }: Project, groups: readonly Membership[], ms: number): Promise<void> {
  if (broker === null) return;
  const end = performance.now() + ms;
  await using members = await broker();
  while (performance.now() < end) {
    const next = pause(1000);
    // Who comes while a server starts is not let in.
    const joined = await Promise.allSettled(groups.map((group) => members.bus.subscribe({ ...group, maxBatch: 1 })));
    for (const one of joined) if (one.status === "fulfilled") await one.value.close().catch(() => undefined);
    await next;
  }
}

/** What persons do while servers and processes come and go: who was not heard says it again. */
async function attend(of: CrashCase, project: Project, calm: Promise<void>): Promise<void> {
  for (let over = false; !over; ) {
    try {
      await operate(project, (operator) => attended(of, project, operator, calm));
      over = true;
    } catch {
      over = await Promise.race([calm.then(() => true), pause(200, false)]);
    }
  }
}

async function served(project: Project): Promise<Serving> {
  const serving = startServing(project);
  await serving.ready;
  return serving;
}

async function killed(serving: Serving): Promise<void> {
  const status = await serving.kill();
  if (status !== "killed") throw new Error(`the process ended by itself with ${status}; see ${serving.log}`);
}

/** In pieces, and each again until the broker has it, under the same ids: as whoever sends it would. */
async function feed(project: Project, batch: readonly Sent[]): Promise<void> {
  for (let from = 0; from < batch.length; from += 20) {
    for (;;) {
      try {
        await operate(project, (operator) => publish(project, operator, batch.slice(from, from + 20)));
        break;
      } catch {
        await pause(200);
      }
    }
  }
}

async function applyTopics({ folder, env }: Project): Promise<void> {
  const child = spawn(process.execPath, [resolve("bin/flowctl.js"), "topics", "apply", "--yes"], { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
  const [status]: unknown[] = await once(child, "exit");
  if (status !== 0) throw new Error(`flowctl topics apply ended with ${String(status)}`);
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { BrokerRef } from "../src/core/broker.js";
import { openBrokerAlone } from "../src/cli/wire/open-broker.js";
import { seededRandom } from "../test/support/seeded-random.js";
import { chaosServer } from "./chaos/server.js";
import { makeFolder, print, say, seconds, startServer, untilQuiet } from "./crash.js";
import type { Figure, Sent } from "./crash/case.js";
import { mixed } from "./crash/mixed/case.js";
import { openProject, operate, publish, type Project } from "./crash/project.js";
import { startServing, type Serving } from "./crash/serving.js";

export interface ChaosOptions {
  readonly on: string;
  readonly faults: number;
  readonly messages: number;
  readonly seed: number;
  readonly keep: boolean;
  /** Also faults of a minute. */
  readonly long: boolean;
}

/** What stands in the project file, and what this process connects with. */
const BROKERS: Readonly<Record<string, (url: string) => BrokerRef>> = {
  nats: (url) => ({ kind: "nats", urls: [[url]], tls: null, topics: { replicas: 1, retention: 86_400_000, partitions: 1 } }),
  redis: (url) => ({ kind: "redis", urls: [[url]], tls: null, topics: { replicas: 1, retention: 86_400_000, partitions: 1 } }),
};
const FAULTS = ["server", "worker", "both", "away", "frozen"] as const;
type Fault = (typeof FAULTS)[number];

/** True when every figure holds. */
export async function chaos({ on, faults, messages, seed, keep, long }: ChaosOptions): Promise<boolean> {
  const refOf = BROKERS[on];
  if (refOf === undefined) throw new Error(`--on is one of ${Object.keys(BROKERS).join(", ")}`);
  const random = seededRandom(seed).next;
  const sent = mixed.workload(messages, random);
  await using server = await chaosServer(on);
  await using ledger = await startServer(mixed.server, seed);
  const folder = makeFolder(mixed, `{ kind: ${on}, url: "${server.url}" }`);
  const project = openProject(folder, ledger.url, Object.keys(mixed.flows).map((name) => `flows/${name}`), () => openBrokerAlone(refOf(server.url), folder));
  say(`seed ${seed}: ${faults} faults on ${on}, ${messages} messages, ${folder}`);
  await applyTopics(project);
  const began = performance.now();
  const left = [...sent];
  const counts = new Map<Fault, number>();
  const away: number[] = [];
  let serving = await served(project);
  for (let fault = 0; fault < faults; fault += 1) {
    const feeding = feed(project, left.splice(0, Math.ceil(left.length / (faults - fault))));
    await pause(random() * 1200);
    const is = chosen(random());
    counts.set(is, (counts.get(is) ?? 0) + 1);
    if (is === "worker" || is === "both") await killed(serving);
    if (is === "frozen") {
      serving.signal("SIGSTOP");
      await pause(long ? 30_000 : 11_000);
      serving.signal("SIGCONT");
    }
    if (is === "server" || is === "both" || is === "away") {
      const from = performance.now();
      await server.kill();
      await pause(is === "away" ? (long ? 60_000 : 8000) : random() * 1500);
      await server.start();
      away.push(performance.now() - from);
    }
    if (is === "worker" || is === "both") serving = await served(project);
    await feeding;
    if ((fault + 1) % 10 === 0) say(`${fault + 1} faults after ${seconds(began)}`);
  }
  const recovering = performance.now();
  const quiet = await operate(project, (operator) => untilQuiet(mixed, project, operator, mixed.waiting(sent)));
  const settled = seconds(recovering);
  const status = await serving.stop();
  const figures: Figure[] = [
    { what: "faults", value: [...counts].map(([is, times]) => `${times} ${is}`).join(", "), wrong: false },
    { what: "the broker was away", value: `${away.length} times, ${(away.reduce((sum, ms) => sum + ms, 0) / 1000).toFixed(1)} s in all`, wrong: false },
    { what: "all quiet after the last fault", value: quiet ?? settled, wrong: quiet !== null },
    { what: "the last process was stopped, exit", value: String(status), wrong: status !== 130 && status !== 143 && status !== 0 },
    ...(await mixed.verdict(project, sent)),
  ];
  print(figures);
  const wrong = figures.filter((one) => one.wrong).length;
  say(`${wrong === 0 ? "nothing lost, nothing done twice" : `${wrong} figures are wrong`} (seed ${seed}, ${seconds(began)})`);
  if (wrong === 0 && !keep) rmSync(folder, { recursive: true, force: true });
  else say(`database and logs: ${folder}`);
  return wrong === 0;
}

/** Long faults are the rarer ones. */
const chosen = (luck: number): Fault => (luck < 0.4 ? "server" : luck < 0.7 ? "worker" : luck < 0.9 ? "both" : luck < 0.95 ? "away" : "frozen");

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

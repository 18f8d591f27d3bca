import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import type { Operator } from "../src/core/ports/operator.js";
import { seededRandom } from "../test/support/seeded-random.js";
import type { CrashCase, Figure, Sent } from "./crash/case.js";
import { mixed } from "./crash/mixed/case.js";
import { isQuiet, openProject, operate, publish, type Project } from "./crash/project.js";
import { saga } from "./crash/saga/case.js";
import { startServing } from "./crash/serving.js";

export interface CrashOptions {
  /** Which flows work. */
  readonly flow: string;
  readonly kills: number;
  readonly messages: number;
  readonly seed: number;
  readonly keep: boolean;
}

const CASES: readonly (readonly [string, CrashCase])[] = [["mixed", mixed], ["saga", saga]];
/** After the last kill: how long no run more has ended, ms. */
const MOST_WITHOUT_END_MS = 60_000;
const ATTEND_MS = 150;

export function caseOf(flow: string): CrashCase {
  const of = CASES.find(([name]) => name === flow)?.[1];
  if (of === undefined) throw new Error(`--flow is one of ${CASES.map(([name]) => name).join(", ")}`);
  return of;
}

/** True when every figure holds. */
export async function crash({ flow, kills, messages, seed, keep }: CrashOptions): Promise<boolean> {
  const of = caseOf(flow);
  const random = seededRandom(seed).next;
  const sent = of.workload(messages, random);
  await using server = await startServer(of.server, seed);
  const folder = makeFolder(of);
  const project = openProject(folder, server.url, Object.keys(of.flows).map((name) => `flows/${name}`));
  say(`seed ${seed}: ${kills} kills, ${messages} messages, ${folder}`);
  const started = performance.now();
  const left = [...sent];
  const times: number[] = [];
  let early = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const batch = left.splice(0, Math.ceil(left.length / (kills - kill)));
    // Half of what comes is on the topics before the process, half comes while it serves, if it lives so long.
    const before = random() < 0.5 && existsSync(project.database);
    const alone = before && random() < 0.3;
    if (before) {
      await operate(project, async (operator) => {
        await publish(project, operator, batch);
        if (alone) await of.attend(operator, project);
      });
    }
    const serving = startServing(project);
    const wait = random() < 0.2 ? 50 + random() * 350 : null;
    const dying = Promise.withResolvers<void>();
    const feeding = beside(of, project, before ? [] : batch, serving.ready, dying.promise);
    if (wait === null) {
      times.push(await serving.ready);
      await pause(random() * random() * 1500);
    } else {
      early += 1;
      await pause(wait);
    }
    dying.resolve();
    const status = await serving.kill();
    const fed = await feeding;
    if (status !== "killed") throw new Error(`the process ended by itself with ${status}; see ${serving.log}`);
    // What the kill kept from its topic is sent again by whoever sends it: the same messages, also where some have arrived.
    if (!fed) left.unshift(...batch);
    if ((kill + 1) % 25 === 0) say(`${kill + 1} kills after ${seconds(started)}`);
  }
  const last = startServing(project);
  await last.ready;
  await operate(project, (operator) => publish(project, operator, left));
  const recovering = performance.now();
  const quiet = await operate(project, (operator) => untilQuiet(of, project, operator, of.waiting(sent)));
  const settled = seconds(recovering);
  const status = await last.stop();
  const figures: Figure[] = [
    { what: "killed", value: `${kills} times, ${early} of them while starting; ready again after ${Math.round(times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0)} ms (median)`, wrong: false },
    { what: "all quiet after the last start", value: quiet ?? settled, wrong: quiet !== null },
    { what: "the last process was stopped, exit", value: String(status), wrong: status !== 130 && status !== 143 && status !== 0 },
    ...(await of.verdict(project, sent)),
  ];
  print(figures);
  const wrong = figures.filter((one) => one.wrong).length;
  say(`${wrong === 0 ? "nothing lost, nothing done twice" : `${wrong} figures are wrong`} (seed ${seed}, ${seconds(started)})`);
  if (wrong === 0 && !keep) rmSync(folder, { recursive: true, force: true });
  else say(`database and logs: ${folder}`);
  return wrong === 0;
}

/** What comes while the process serves, and what persons do then; whether all has come before it died. */
async function beside(of: CrashCase, project: Project, batch: readonly Sent[], ready: Promise<unknown>, dying: Promise<void>): Promise<boolean> {
  let serves = true;
  let fed = batch.length === 0;
  void dying.then(() => (serves = false));
  try {
    await ready;
    await operate(project, async (operator) => {
      await publish(project, operator, batch);
      fed = true;
      await attended(of, project, operator, dying);
    });
  } catch (error) {
    if (serves) throw error;
  }
  return fed;
}

/** Persons at work; resolves when it is `over`. */
export async function attended(of: CrashCase, project: Project, operator: Operator, over: Promise<void>): Promise<void> {
  const ended = over.then(() => true);
  do await of.attend(operator, project);
  while (!(await Promise.race([ended, pause(ATTEND_MS, false)])));
}

/** Null, or what still goes on when nothing ends any more: how long all of it takes is the machine's affair. */
export async function untilQuiet(of: CrashCase, project: Project, operator: Operator, waiting: number): Promise<string | null> {
  let times = 0;
  let most = 0;
  let last = performance.now();
  for (;;) {
    await of.attend(operator, project);
    const why = await isQuiet(operator, waiting);
    times = why === null ? times + 1 : 0;
    if (times === 3) return null;
    const { ended, incidents } = await operator.store.counts();
    if (ended + incidents > most) {
      most = ended + incidents;
      last = performance.now();
    }
    if (performance.now() - last > MOST_WITHOUT_END_MS) return why ?? "it goes on";
    await pause(300);
  }
}

export async function startServer(name: string, seed: number): Promise<AsyncDisposable & { readonly url: string }> {
  const child = spawn(process.execPath, ["--import", "./scripts/sources.mjs", `test/servers/${name}`, "--seed", String(seed)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), "line");
  const { url }: { readonly url: string } = JSON.parse(String(line));
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** The flows, and a project file that keeps the runs in one database or a store, and the messages beside them or at a broker. */
export function makeFolder({ flows }: CrashCase, broker = "embedded", store = "sqlite:crash.db"): string {
  const folder = mkdtempSync(join(tmpdir(), "flowctl-crash-"));
  for (const [name, from] of Object.entries(flows)) cpSync(resolve(from), join(folder, "flows", name), { recursive: true });
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, "flowctl.yaml"), `flowctl: v1\nstore: ${store}\nbroker: ${broker}\nflows: [flows/*/*.yaml]\nnetwork: { allow: [127.0.0.1] }\n`);
  return folder;
}

export const say = (text: string): void => void process.stderr.write(`${text}\n`);
export const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

export function print(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ what }) => what.length));
  for (const { what, value, wrong } of figures) process.stdout.write(`${wrong ? "WRONG" : "ok   "} ${what.padEnd(width)}  ${value}\n`);
}

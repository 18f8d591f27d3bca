import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChaosServer } from "./server.js";
import { type Clustered, kafkaServers, natsServers } from "./clustered.js";

const SIZE = 3;
const START_MS = 120_000;

interface Member {
  readonly at: Place;
  child: ChildProcess | null;
}
/** Where one server is. `number`: from 1. */
export interface Place {
  readonly number: number;
  readonly folder: string;
  readonly ports: readonly [number, number, number];
}

interface Scripts {
  freePort(): Promise<number>;
  until(holds: () => Promise<boolean>, ms: number, lost: () => string | null): Promise<void>;
}

const KINDS = { nats: natsServers, kafka: kafkaServers } as const;

/** Three servers that keep topics together. The one that is killed is another each time, and not before all have caught up with each other. */
export async function startCluster(kind: keyof typeof KINDS): Promise<Omit<ChaosServer, "url"> & { readonly urls: readonly string[] }> {
  const scripts = new URL("../servers/", import.meta.url);
  const { freePort, until }: Scripts = await import(new URL("port.mjs", scripts).href);
  const folder = mkdtempSync(join(tmpdir(), `flowctl-${kind}-`));
  const places: Place[] = [];
  for (let number = 1; number <= SIZE; number += 1) {
    const own = join(folder, String(number));
    mkdirSync(own);
    places.push({ number, folder: own, ports: [await freePort(), await freePort(), await freePort()] });
  }
  const servers: Clustered = await KINDS[kind](places);
  const members = places.map((at): Member => ({ at, child: null }));
  const start = async (): Promise<void> => {
    for (const member of members) {
      if (member.child !== null) continue;
      const { command, args } = servers.launch(member.at);
      member.child = spawn(command, args, { stdio: "ignore" });
    }
    for (const { at, child } of members) await until(() => servers.isWhole(at), START_MS, () => (child === null || child.exitCode === null ? null : `server ${at.number} of the cluster ended by itself`));
  };
  await start();
  let kills = 0;
  return {
    urls: places.map(servers.url),
    async kill() {
      const member = members[kills % SIZE];
      kills += 1;
      if (member !== undefined) await kill(member);
    },
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map(kill));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function kill(member: Member): Promise<void> {
  const { child } = member;
  member.child = null;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

// Clients of others, for tests that meet them.
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Missing, cached, onPath } from "./cache.mjs";
import { debian } from "./debian.mjs";
import { kafka, kafkaTools } from "./kafka.mjs";
import { run } from "./run.mjs";

const NATS_PY = "2.16.0";
const NATS_CLI = "0.5.1";
/** Where its own instructions put it, on the path or not. */
const GO = "/usr/local/go/bin/go";

/** Name → how it is started. */
const TOOLS = {
  kcat: (onlyCached) => program("kcat", "kcat", "kcat", onlyCached),
  "redis-cli": (onlyCached) => program("redis-cli", "redis", "redis-server", onlyCached),
  /** Kafka's own: the class is the first argument. */
  "kafka-console": async (onlyCached) => ({ command: "java", args: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", `${join(await kafka.prepare(onlyCached), "lib", "*")}:${join(await kafkaTools(onlyCached), "lib", "*")}`], env: {} }),
  /** In no registry as a program: built from its module. Not optimised, for that takes two thirds of the time. */
  nats: async (onlyCached) => {
    const here = onPath("nats");
    if (here !== null) return { command: here, args: [], env: {} };
    const folder = await cached(`nats-cli-${NATS_CLI}`, onlyCached, (into) => {
      const go = onPath("go") ?? (existsSync(GO) ? GO : null);
      if (go === null) throw new Missing("is built with Go: install it, or put NATS's command line client on the PATH");
      run(go, ["install", "-gcflags=all=-N -l", `github.com/nats-io/natscli/nats@v${NATS_CLI}`], { env: { ...process.env, GOBIN: into, CGO_ENABLED: "0" } });
    });
    return { command: join(folder, "nats"), args: [], env: {} };
  },
  /** The client for Python: the program is the first argument. */
  "nats-py": async (onlyCached) => {
    const folder = await cached(`nats-py-${NATS_PY}`, onlyCached, (into) => {
      if (onPath("python3") === null) throw new Missing("is fetched with pip: install Python 3");
      run("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "-d", into, `nats-py==${NATS_PY}`]);
      run("python3", ["-m", "zipfile", "-e", ...globSync(join(into, "*.whl")), into]);
    });
    return { command: "python3", args: ["-c"], env: { PYTHONPATH: folder } };
  },
};

/** How the client is started, or why it cannot be had. */
export async function tool(name, onlyCached) {
  try {
    return await TOOLS[name](onlyCached);
  } catch (error) {
    if (error instanceof Missing) return `${name} ${error.message}`;
    throw error;
  }
}

async function program(name, folder, from, onlyCached) {
  const here = onPath(name);
  if (here !== null) return { command: here, args: [], env: {} };
  const { find, env } = await debian(folder, [from], onlyCached);
  const command = find(`usr/bin/${name}`);
  if (command === null) throw new Missing(`is not in Debian's package ${from}`);
  return { command, args: [], env };
}

// `node scripts/servers/tools.mjs nats`: fetched ahead, beside other work.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const found = await tool(process.argv[2], false);
  if (typeof found === "string") process.stdout.write(`${found}\n`);
}

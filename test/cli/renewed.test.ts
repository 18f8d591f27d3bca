import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startServer } from "../adapters/nats/own-server.js";
import { authority } from "../support/certificates.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { describeOn } from "../support/servers.js";
import { serving, untilPrints } from "../support/serving.js";

const ECHO = `flowctl: v1
flow: echo
topics:
  in: { message: { fields: { id: string } }, key: msg.id }
  out: {}
on: { topic: in, from: earliest }
steps:
  - { emit: out, with: { id: "\${input.id}" } }
`;
const PROJECT = (port: number): string => `flowctl: v1
flows: [echo.yaml]
broker:
  kind: nats
  url: "tls://127.0.0.1:${port}"
  tls: { ca: ca.pem, cert: cert.pem, key: "\${file:key.pem}" }
  auth: { username: app, password: "\${file:password}" }
`;

describeOn("nats", "flowctl run while the files of its connection are replaced", () => {
  test("goes on with what they hold at the next connection: the password, and the certificates of both sides", { timeout: 120_000 }, async () => {
    const made = folderWith();
    const [first, second] = [authority(made, "first"), authority(made, "second")];
    const cwd = folderWith({ "echo.yaml": ECHO });
    const renew = (into: string, one: typeof first, password: string): string => {
      const write = (folder: string, files: Readonly<Record<string, string>>): void => {
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      };
      const [server, own] = [one.sign("IP:127.0.0.1"), one.sign("DNS:flowctl.test")];
      write(into, { "ca.pem": one.ca, "cert.pem": server.cert, "key.pem": server.key });
      write(cwd, { "ca.pem": one.ca, "cert.pem": own.cert, "key.pem": own.key, password });
      return `tls { cert_file: "${join(into, "cert.pem")}", key_file: "${join(into, "key.pem")}", ca_file: "${join(into, "ca.pem")}", verify: true }\nauthorization { users = [ { user: app, password: "${password}" } ] }\n`;
    };
    const server = await startServer((folder) => renew(folder, first, "first-password"));
    writeFileSync(join(cwd, "flowctl.yaml"), PROJECT(server.port));
    expect(await flowctl(["topics", "apply", "--yes"], { cwd })).toMatchObject({ status: 0 });
    await using run = await serving(cwd);
    const settings = renew(server.folder, second, "second-password");
    await server.restart(() => server.write(settings));
    expect(await flowctl(["topics", "publish", "in", '{ "id": "a" }'], { cwd })).toMatchObject({ status: 0 });
    const { stdout } = await untilPrints(["topics", "tail", "out", "-o", "json"], cwd, ({ stdout: printed }) => printed !== "");
    expect(stdout).toContain('"id":"a"');
    expect(run.stderr()).not.toMatch(/(?:first|second)-password/);
    expect(await run.terminate()).toBe(0);
  });
});

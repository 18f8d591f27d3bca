import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectNats } from "../../../src/adapters/nats/broker.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { BrokerConnection } from "../../../src/core/broker.js";
import { needOf } from "../../conformance/broker.js";
import { authority, type Certificate } from "../../support/certificates.js";
import { folderWith } from "../../support/folder.js";
import { describeOn } from "../../support/servers.js";
import { operator } from "./jwt.js";
import { startServer } from "./own-server.js";

const ports = { clock: systemClock, random: systemRandom };
const topics = { replicas: 1, retention: 86_400_000, partitions: 1 };

async function works(connection: BrokerConnection): Promise<readonly unknown[]> {
  await using broker = await connectNats(connection, ports);
  await broker.provisioner.apply([needOf("a.topic", "g")]);
  await broker.bus.publish([{ topic: "a.topic", key: "k", id: "1", headers: {}, body: "1" }]);
  return (await broker.topics.messages("a.topic", { last: 1 })).map(({ body }) => body);
}
const refused = (connection: BrokerConnection): Promise<unknown> => connectNats(connection, ports).then(
  () => "connected",
  (error: unknown) => error,
);

describeOn("nats", "NATS with TLS and credentials", () => {
  test("a user with a password, an nkey; others are refused in a sentence without a secret", async () => {
    const user = nkeys.createUser();
    const { port } = await startServer(() => `authorization { users = [ { user: app, password: "s3cret" }, { nkey: ${user.getPublicKey()} } ] }\n`);
    const connection: BrokerConnection = { urls: [`nats://127.0.0.1:${port}`], tls: null, mechanism: "plain", topics };
    expect(await works({ ...connection, username: "app", password: "s3cret" })).toEqual(["1"]);
    expect(await works({ ...connection, nkey: new TextDecoder().decode(user.getSeed()) })).toEqual(["1"]);
    for (const wrong of [connection, { ...connection, username: "app", password: "wr0ng" }]) {
      const error = await refused(wrong);
      expect(error).toMatchObject({ name: "InfraError", code: "FC6043" });
      expect(String(error)).not.toMatch(/s3cret|wr0ng/);
    }
  });

  test("credentials, with and without the last line break, that of a file is no part of a secret, and as Windows writes lines", async () => {
    const { settings, creds } = operator();
    const { port } = await startServer(() => settings);
    const connection: BrokerConnection = { urls: [`nats://127.0.0.1:${port}`], tls: null, mechanism: "plain", topics };
    const text = creds();
    for (const written of [text, text.trimEnd(), text.replaceAll("\n", "\r\n")]) expect(await works({ ...connection, creds: written })).toEqual(["1"]);
    expect(await refused({ ...connection, creds: operator().creds() })).toMatchObject({ code: "FC6043" });
  });

  test("a token", async () => {
    const { port } = await startServer(() => "authorization { token: t0ken }\n");
    const connection: BrokerConnection = { urls: [`nats://127.0.0.1:${port}`], tls: null, mechanism: "plain", topics };
    expect(await works({ ...connection, token: "t0ken" })).toEqual(["1"]);
    expect(await refused({ ...connection, token: "other" })).toMatchObject({ code: "FC6043" });
  });

  test("TLS with a certificate of one's own; one that nobody vouches for is refused", async () => {
    const { folder, port } = await startServer((at) => {
      const [key, cert] = [join(at, "key.pem"), join(at, "cert.pem")];
      execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=nats.test", "-addext", "subjectAltName=DNS:nats.test"], { stdio: "ignore" });
      return `tls { cert_file: "${cert}", key_file: "${key}" }\n`;
    });
    const ca = readFileSync(join(folder, "cert.pem"), "utf8");
    const connection: BrokerConnection = { urls: [`nats://127.0.0.1:${port}`], tls: { ca, serverName: "nats.test" }, mechanism: "plain", topics };
    expect(await works(connection)).toEqual(["1"]);
    expect(await refused({ ...connection, tls: {} })).toMatchObject({ code: "FC6043" });
    expect(await refused({ ...connection, tls: { ca } })).toMatchObject({ code: "FC6043" });
  });

  test("TLS to a server that is named by its address: its certificate is the address's, not that of `localhost`", async () => {
    const made = authority(folderWith(), "authority");
    const own = made.sign("IP:127.0.0.1");
    const others = made.sign("DNS:localhost");
    const settings = ({ cert, key }: Certificate) => (at: string): string => {
      writeFileSync(join(at, "cert.pem"), cert);
      writeFileSync(join(at, "key.pem"), key);
      return `tls { cert_file: "${join(at, "cert.pem")}", key_file: "${join(at, "key.pem")}" }\n`;
    };
    const at = (port: number, host = "127.0.0.1"): BrokerConnection => ({ urls: [`tls://${host}:${port}`], tls: { ca: made.ca }, mechanism: "plain", topics });
    const [right, wrong] = [await startServer(settings(own)), await startServer(settings(others))];
    expect(await works(at(right.port))).toEqual(["1"]);
    expect(await refused(at(right.port, "localhost"))).toMatchObject({ code: "FC6043", message: expect.stringContaining("altnames") });
    expect(await refused(at(wrong.port))).toMatchObject({ code: "FC6043", message: expect.stringContaining("altnames") });
    expect(await works(at(wrong.port, "localhost"))).toEqual(["1"]);
  });
});

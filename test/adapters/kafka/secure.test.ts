import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerConnection } from "../../../src/core/broker.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { flowctl, jsonLines } from "../../support/cli.js";
import { folderWith } from "../../support/folder.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";
import { startSecuredKafka, type SecuredKafka } from "./secured.js";

const PASSWORD = "geheim-1";
const WRONG = "falsch-2";
/** As Azure gives it out; nobody's. */
const CONNECTION_STRING = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=flowctl;SharedAccessKey=bm9ib2R5cyBrZXk=";
const USER = { username: "app", password: PASSWORD };
const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

describeOn("kafka", "Kafka with TLS and credentials", () => {
  let server: SecuredKafka;
  let tls: { readonly ca: string; readonly serverName: string };
  beforeAll(async () => {
    server = await startSecuredKafka({ plain: { app: PASSWORD, $ConnectionString: CONNECTION_STRING }, scram: { app: PASSWORD } });
    tls = { ca: server.authority.ca, serverName: "kafka.test" };
  }, 150_000);
  afterAll(() => server[Symbol.asyncDispose]());

  /** A message there and back, in a group. */
  async function works(at: string, more: Partial<BrokerConnection>): Promise<void> {
    await using broker = await connectAt(at, { ...more, topics: { replicas: 1, retention: 3_600_000, partitions: 1 } });
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    await broker.bus.publish([message(topic, "k", 1)]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    expect((await reader.take(1)).map(numberOf)).toEqual([1]);
    await reader.subscription.close();
  }
  /** One sentence that holds `says`, what to do, and no secret. */
  async function refused(at: string, more: Partial<BrokerConnection>, says: string, hint: string): Promise<void> {
    const error: unknown = await connectAt(at, more).then(() => "connected", (thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "InfraError", code: "FC6043", message: expect.stringContaining(`The Kafka server ${at} ${says}`), hint: expect.stringContaining(hint) });
    expect(String(error)).toMatch(/^[^\n]*\.$/);
    expect(String(error)).not.toMatch(new RegExp(`${PASSWORD}|${WRONG}`));
  }

  describe.each(MECHANISMS)("SASL %s", (mechanism) => {
    test("lets in who has the password, with TLS and without", async () => {
      await works(server.at.sasl, { mechanism, ...USER });
      await works(server.at.saslOverTls, { mechanism, ...USER, tls });
    });
    test("nobody else", async () => {
      await refused(server.at.sasl, { mechanism, ...USER, password: WRONG }, "does not let flowctl in", "`sasl`");
      await refused(server.at.saslOverTls, { mechanism, ...USER, password: WRONG, tls }, "does not let flowctl in", "`sasl`");
      await refused(server.at.sasl, { mechanism, ...USER, username: "nobody" }, "does not let flowctl in", "`sasl`");
      await refused(server.at.plain, { mechanism, ...USER }, "asks for no user on this port", "take `sasl` out");
    });
  });

  test("the server's certificate is checked: by its authority and its name", async () => {
    await refused(server.at.saslOverTls, { ...USER, tls: {} }, "has a certificate that nobody vouches for", "`tls.ca`");
    await refused(server.at.saslOverTls, { ...USER, tls: { ca: tls.ca } }, "has a certificate for another name", "`tls.server_name`");
  });
  test("a certificate stands in for a user", async () => {
    await works(server.at.tls, { tls: { ...tls, ...server.authority.sign("DNS:flowctl.test") } });
    await refused(server.at.tls, { tls }, "asks for a certificate of flowctl", "`tls: { cert, key }`");
  });
  test("who speaks otherwise than the port does is told how it may be asked", async () => {
    await refused(server.at.saslOverTls, USER, "closes the connection", "`tls: {}`");
    await refused(server.at.saslOverTls, {}, "closes the connection", "`tls: {}`");
    await refused(server.at.saslOverTls, { tls }, "closes the connection", "`sasl`");
    await refused(server.at.sasl, {}, "closes the connection", "`sasl`");
    await refused(server.at.sasl, { ...USER, tls }, "speaks no TLS on this port", "take `tls` out");
    await refused(server.at.plain, { tls }, "speaks no TLS on this port", "take `tls` out");
    await refused("127.0.0.1:1", { ...USER, tls }, "cannot be used: connect ECONNREFUSED 127.0.0.1:1", "is it running");
  });

  test("as Event Hubs lets in: the user `$ConnectionString` and the connection string as its password, from a profile", async () => {
    const [into, out] = [unused(), unused()];
    const folder = folderWith({
      "ca.pem": tls.ca,
      "flow.yaml": `flowctl: v1\nflow: hubs-${into.replaceAll(".", "-")}\ntopics:\n  ${into}: { message: { fields: { id: string } }, key: msg.id }\n  ${out}: {}\non: ${into}\nsteps:\n  - { emit: ${out}, with: { id: "\${input.id}" } }\n`,
      "flowctl.yaml": `flowctl: v1
flows: [flow.yaml]
profiles:
  hubs:
    broker:
      kind: kafka
      url: "${server.at.saslOverTls}"
      tls: { ca: ca.pem, server_name: kafka.test }
      sasl: { username: "$ConnectionString", password: "\${env:EVENTHUBS_CONNECTION}" }
`,
    });
    const at = { cwd: folder, env: { EVENTHUBS_CONNECTION: CONNECTION_STRING } };
    expect((await flowctl(["topics", "apply", "--yes", "--profile", "hubs"], at)).status).toBe(0);
    const { status, stdout, stderr } = await flowctl(["run", "--profile", "hubs", "-i", '{"id":"a"}'], at);
    expect([status, jsonLines<{ message: object }>(stdout).map((one) => one.message)]).toEqual([0, [{ id: "a" }]]);
    const wrong = await flowctl(["topics", "list", "--profile", "hubs"], { cwd: folder, env: { EVENTHUBS_CONNECTION: CONNECTION_STRING.replace("bm9i", "eHh4") } });
    expect([wrong.status, wrong.stderr]).toEqual([3, expect.stringContaining("FC6043")]);
    expect(`${stdout}${stderr}${wrong.stdout}${wrong.stderr}`).not.toMatch(/bm9i|eHh4|SharedAccessKey/);
  });
});

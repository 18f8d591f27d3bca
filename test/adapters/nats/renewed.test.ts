import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectNats } from "../../../src/adapters/nats/broker.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { BrokerConnection } from "../../../src/core/broker.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { authority, type Authority } from "../../support/certificates.js";
import { folderWith } from "../../support/folder.js";
import { describeOn } from "../../support/servers.js";
import { operator } from "./jwt.js";
import { startServer } from "./own-server.js";

const TOPIC = "a.topic";
const LONG = { timeout: 90_000 };
const words = new TextDecoder();

/** Whoever reads and publishes while `renew` happens goes on with what the connection's files hold then. */
async function goesOn(port: number, held: () => Partial<BrokerConnection>, renew: () => Promise<void>): Promise<void> {
  const renewed = (): BrokerConnection => ({ urls: [`nats://127.0.0.1:${port}`], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 86_400_000, partitions: 1 }, ...held(), renewed });
  await using broker = await connectNats(renewed(), { clock: systemClock, random: systemRandom });
  await broker.provisioner.apply([needOf(TOPIC, "g")]);
  const reader = read(await broker.bus.subscribe({ topic: TOPIC, group: "g", from: "earliest", maxBatch: 10 }));
  await broker.bus.publish([message(TOPIC, "k", 1)]);
  expect((await reader.take(1)).map(numberOf)).toEqual([1]);
  await renew();
  await expect.poll(() => broker.bus.publish([message(TOPIC, "k", 2)]).then(() => "published", String), { timeout: 30_000 }).toBe("published");
  expect((await reader.take(1)).map(numberOf)).toEqual([2]);
  await reader.subscription.close();
}

describeOn("nats", "NATS: what lets flowctl in is renewed while it serves", () => {
  test("a password", LONG, async () => {
    const users = (password: string): string => `authorization { users = [ { user: app, password: "${password}" } ] }\n`;
    const server = await startServer(() => users("first"));
    let password = "first";
    await goesOn(server.port, () => ({ username: "app", password }), async () => {
      await server.reload(users("second"));
      password = "second";
    });
  });

  test("a token", LONG, async () => {
    const tokens = (token: string): string => `authorization { token: ${token} }\n`;
    const server = await startServer(() => tokens("f1rst"));
    let token = "f1rst";
    await goesOn(server.port, () => ({ token }), async () => {
      await server.reload(tokens("s3cond"));
      token = "s3cond";
    });
  });

  test("an nkey, also where its file is half written for a while", LONG, async () => {
    const [first, second] = [nkeys.createUser(), nkeys.createUser()];
    const users = (key: typeof first): string => `authorization { users = [ { nkey: ${key.getPublicKey()} } ] }\n`;
    const server = await startServer(() => users(first));
    let nkey = words.decode(first.getSeed());
    let looked = (): void => undefined;
    const held = (): Partial<BrokerConnection> => {
      looked();
      return { nkey };
    };
    await goesOn(server.port, held, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      nkey = words.decode(second.getSeed()).slice(0, 20);
      let times = 0;
      looked = () => {
        times += 1;
        if (times === 4) resolve();
      };
      await server.reload(users(second));
      await promise;
      nkey = words.decode(second.getSeed());
    });
  });

  test("credentials that are valid for a while: the server ends the connection when they are over", LONG, async () => {
    const { settings, creds } = operator();
    const server = await startServer(() => settings);
    let text = creds(5);
    const over = Date.now() + 5000;
    await goesOn(server.port, () => ({ creds: text }), async () => {
      text = creds();
      await expect.poll(() => Date.now() > over, { timeout: 10_000 }).toBe(true);
    });
  });

  test("certificates, of flowctl and of whom it trusts", LONG, async () => {
    const folder = folderWith();
    const shown = ({ ca, sign }: Authority): string => {
      const { cert, key } = sign("DNS:nats.test");
      for (const [name, text] of Object.entries({ ca, cert, key })) writeFileSync(join(folder, `${name}.pem`), text);
      return `tls { cert_file: "${join(folder, "cert.pem")}", key_file: "${join(folder, "key.pem")}", ca_file: "${join(folder, "ca.pem")}", verify: true }\n`;
    };
    const [first, second] = [authority(folder, "first"), authority(folder, "second")];
    const tlsOf = (one: Authority): BrokerConnection["tls"] => ({ ca: one.ca, serverName: "nats.test", ...one.sign("DNS:flowctl.test") });
    const server = await startServer(() => shown(first));
    let tls = tlsOf(first);
    await goesOn(server.port, () => ({ tls }), () => server.restart(() => {
      shown(second);
      tls = tlsOf(second);
    }));
  });
});

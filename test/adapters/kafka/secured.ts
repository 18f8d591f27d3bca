import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authority, type Authority } from "../../support/certificates.js";

/** A server of Kafka with a listener for each way to be let in. */
export interface SecuredKafka extends AsyncDisposable {
  readonly authority: Authority;
  /** Host and port. */
  readonly at: Readonly<Record<"plain" | "sasl" | "saslOverTls" | "tls", string>>;
  /** Ends it, and starts it with other passwords of SASL PLAIN, and another authority. */
  renew(plain: Users["plain"]): Promise<void>;
}
export interface Users {
  /** Of SASL PLAIN. */
  readonly plain: Readonly<Record<string, string>>;
  /** Of SCRAM. */
  readonly scram: Readonly<Record<string, string>>;
}

interface Scripts {
  readonly kafka: {
    prepare(cached: boolean): Promise<string>;
    launch(server: object): { readonly command: string; readonly args: readonly string[] };
    answers(ports: readonly number[]): Promise<boolean>;
  };
  freePort(): Promise<number>;
  until(holds: () => Promise<boolean>, ms: number, lost: () => string | null): Promise<void>;
}
/** As long as `npm run servers` waits. */
const START_MS = 120_000;

/** The program that the other tests use, with settings of its own. */
export async function startSecuredKafka(users: Users): Promise<SecuredKafka> {
  const scripts = new URL("../../../scripts/servers/", import.meta.url);
  const { kafka, freePort, until }: Scripts = { ...(await import(new URL("kafka.mjs", scripts).href)), ...(await import(new URL("port.mjs", scripts).href)) };
  const folder = mkdtempSync(join(tmpdir(), "flowctl-kafka-"));
  const ports: number[] = [];
  while (ports.length < 5) ports.push(await freePort());
  const [plain = 0, controller = 0, sasl = 0, saslOverTls = 0, tls = 0] = ports;
  const program = await kafka.prepare(true);
  const inline = (pem: string): string => pem.trim().replaceAll("\n", " ");

  async function start(made: Authority, passwords: Users["plain"]): Promise<() => Promise<void>> {
    const { cert, key } = made.sign("DNS:kafka.test");
    const ssl = { "ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": inline(cert), "ssl.keystore.key": inline(key) };
    const mechanisms = {
      "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      "plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required ${Object.entries(passwords).map(([user, password]) => `user_${user}="${password}"`).join(" ")};`,
      "scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    };
    const { command, args } = kafka.launch({
      program,
      folder,
      ports: [plain, controller],
      listeners: {
        PASSWORDS: { port: sasl, protocol: "SASL_PLAINTEXT", settings: mechanisms },
        SECURE: { port: saslOverTls, protocol: "SASL_SSL", settings: { ...mechanisms, ...ssl } },
        CERTIFICATES: { port: tls, protocol: "SSL", settings: { ...ssl, "ssl.client.auth": "required", "ssl.truststore.type": "PEM", "ssl.truststore.certificates": inline(made.ca) } },
      },
      users: Object.entries(users.scram).flatMap(([name, password]) => ["SCRAM-SHA-256", "SCRAM-SHA-512"].map((mechanism) => `${mechanism}=[name=${name},password=${password}]`)),
    });
    const log = join(folder, "log");
    const out = openSync(log, "a");
    const child = spawn(command, args, { stdio: ["ignore", out, out] });
    const ended = once(child, "exit");
    await until(() => kafka.answers([plain]), START_MS, () => (child.exitCode === null ? null : readFileSync(log, "utf8")));
    return async () => {
      child.kill("SIGKILL");
      await ended;
    };
  }

  let made = authority(folder, "authority");
  let end = await start(made, users.plain);
  return {
    get authority() {
      return made;
    },
    async renew(passwords) {
      await end();
      made = authority(folder, "another");
      end = await start(made, passwords);
    },
    at: { plain: `127.0.0.1:${plain}`, sasl: `127.0.0.1:${sasl}`, saslOverTls: `127.0.0.1:${saslOverTls}`, tls: `127.0.0.1:${tls}` },
    async [Symbol.asyncDispose]() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

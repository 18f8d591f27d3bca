import { nkeys } from "@nats-io/transport-node";

type Key = ReturnType<typeof nkeys.createUser>;

/** An operator with one account beside the system's, as `nsc` makes them: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt */
export interface Operator {
  /** What the server's configuration says of both. */
  readonly settings: string;
  /** The text of a credentials file, for a user that is let in for so long. */
  creds(seconds?: number): string;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
/** The system's account has no JetStream. */
const limits = (jetstream: number) => ({ limits: { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1, mem_storage: jetstream, disk_storage: jetstream, streams: jetstream, consumer: jetstream } });

export function operator(): Operator {
  const [own, account, system] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const accounts = [signed(own, account, "account", limits(-1)), signed(own, system, "account", limits(0))];
  return {
    settings: `operator: ${signed(own, own, "operator", {})}\nsystem_account: ${system.getPublicKey()}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accounts[0]}, ${system.getPublicKey()}: ${accounts[1]} }\n`,
    creds(seconds) {
      const user = nkeys.createUser();
      const exp = seconds === undefined ? {} : { exp: now() + seconds };
      return `-----BEGIN NATS USER JWT-----\n${signed(account, user, "user", { pub: {}, sub: {}, ...UNLIMITED }, exp)}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${new TextDecoder().decode(user.getSeed())}\n------END USER NKEY SEED------\n`;
    },
  };
}

function signed(by: Key, of: Key, type: string, claims: object, more: object = {}): string {
  const part = (value: object | Uint8Array): string => Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString("base64url");
  const text = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part({ jti: type, iat: now(), iss: by.getPublicKey(), sub: of.getPublicKey(), name: type, nats: { ...claims, type, version: 2 }, ...more })}`;
  return `${text}.${part(by.sign(new TextEncoder().encode(text)))}`;
}

const now = (): number => Math.floor(Date.now() / 1000);

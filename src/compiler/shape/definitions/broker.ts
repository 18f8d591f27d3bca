import type { BrokerKind, BrokerRef, SecretText } from "../../../core/broker.js";
import type { SecretRef } from "../../../core/expression.js";
import { checkConnection } from "../../../expr/connection.js";
import type { MapNode, Node, ScalarNode } from "../../parse/tree.js";
import { textSpan } from "../../parse/fix-inside.js";
import { list } from "../forms/combine.js";
import type { Form, KeysOutline, Outline, Reading } from "../forms/form.js";
import { keys, matchKeys, may, must, readKeys, type Keys } from "../forms/keys.js";
import { CONNECTION, DURATION, plain, whole, word } from "../forms/scalars.js";
import { wrongForm } from "../forms/wrong-form.js";
import { checkUrl, kindOfUrl } from "./broker-url.js";
import { holdsSecret } from "./secret-in-url.js";

const NOTHING = { vars: new Map<string, never>(), present: new Set<string>() };

/** Text with secrets, and no expression: there is no data here. */
export const SECRET_TEXT: Form<{ readonly text: SecretText; readonly node: ScalarNode }> = {
  outline: CONNECTION.outline,
  read: (node, at) => {
    if (node.kind !== "scalar" || node.value === null || node.text === "") return wrongForm(node, CONNECTION.outline, at);
    const { connection, problems } = checkConnection(node.text, NOTHING);
    for (const { code, start, end, message, hint } of problems) at.report(code, textSpan(node, start, end), message, { hint });
    const text = connection.filter((part) => typeof part === "string" || "secret" in part);
    if (problems.length === 0 && text.length < connection.length) return wrongForm(node, { is: "text", called: "a text in which only secrets are holes" }, at);
    return problems.length > 0 ? undefined : { text, node };
  },
};

/** A password, a token, a key: by reference only. */
export const SECRET: Form<SecretText> = {
  outline: { is: "text", called: "a secret", pattern: String.raw`^\$\{(env|file|vault):.+\}$` },
  read: (node, at) => {
    const read = SECRET_TEXT.read(node, at);
    if (read === undefined) return undefined;
    const [first] = read.text;
    if (read.text.length === 1 && isSecret(first)) return read.text;
    at.report("FC5020", node.span, `${at.what} holds a secret in plain text, where everybody who can read the file can take it`, { hint: "write `${env:NAME}` or `${file:PATH}` in its place, and revoke what the file has shown" });
    return undefined;
  },
};
const isSecret = (part: string | SecretRef | undefined): part is SecretRef => typeof part === "object";

const TEXT_ONLY: Form<SecretText> = { outline: SECRET_TEXT.outline, read: (node, at) => SECRET_TEXT.read(node, at)?.text };

export const URLS: Form<readonly { readonly text: SecretText; readonly node: ScalarNode }[]> = {
  outline: { is: "either", of: [CONNECTION.outline, { is: "list", of: CONNECTION.outline, min: 1 }] },
  read: (node, at) => {
    if (node.kind === "list") return list(SECRET_TEXT, 1).read(node, at);
    const one = SECRET_TEXT.read(node, at);
    return one === undefined ? undefined : [one];
  },
};

export const TLS = keys("{ ca, cert, key, server_name }", {
  ca: may(plain("a path"), "The certificates that the server's is checked with, in PEM.", { default: "those of Node.js", example: "certs/ca.pem" }),
  cert: may(plain("a path"), "The certificate that flowctl shows, in PEM.", { example: "certs/flowctl.pem" }),
  key: may(SECRET, "Its key, in PEM, as a secret.", { example: '"${file:certs/flowctl.key}"' }),
  server_name: may(plain("a host"), "The name in the server's certificate, where it is not the host of the url."),
});

export const USER = {
  username: may(TEXT_ONLY, "The user."),
  password: may(SECRET, "Its password, as a secret.", { example: '"${env:BROKER_PASSWORD}"' }),
};
const TOPICS = keys("{ replicas, retention, partitions }", {
  replicas: may(whole({ min: 1, max: 5 }), "On how many servers each message is kept.", { default: "1", example: "3" }),
  retention: may(DURATION, "How long messages are kept.", { default: "7d", example: "14d" }),
  partitions: may(whole({ min: 1, max: 10_000 }), "Into how many parts a topic is cut, on Kafka.", { default: "12", example: "24" }),
});

const COMMON = {
  kind: must(word("embedded", "nats", "kafka", "redis"), "Which one it is.", { example: "nats" }),
  url: may(URLS, "Its address, or a list of servers of one cluster.", { default: "the usual port on 127.0.0.1", example: "nats://nats.internal:4222" }),
  tls: may(TLS, "TLS, with certificates of your own where needed; `{}` for the usual ones.", { example: "{}" }),
  topics: may(TOPICS, "What `flowctl topics apply` makes.", { example: "{ replicas: 3, retention: 7d }" }),
};
const NATS_AUTH = {
  auth: may(
    keys("{ creds }, { nkey }, { token } or { username, password }", {
      creds: may(SECRET, "The text of a credentials file.", { example: '"${file:flowctl.creds}"' }),
      nkey: may(SECRET, "The seed of an nkey.", { example: '"${env:NATS_NKEY}"' }),
      token: may(SECRET, "A token.", { example: '"${env:NATS_TOKEN}"' }),
      ...USER,
    }),
    "How NATS or Redis lets flowctl in: secrets by reference only.",
    { example: '{ creds: "${file:flowctl.creds}" }' },
  ),
};
const REDIS_AUTH = { auth: may(keys("{ username, password }", USER), "The user of Redis' ACL.") };
const SASL = {
  sasl: may(
    keys("{ mechanism, username, password }", {
      mechanism: may(word("plain", "scram-sha-256", "scram-sha-512"), "How the password is shown.", { default: "plain", example: "scram-sha-512" }),
      ...USER,
    }),
    "How Kafka lets flowctl in.",
    { example: '{ mechanism: scram-sha-512, username: flowctl, password: "${env:KAFKA_PASSWORD}" }' },
  ),
};
const OUTLINE: KeysOutline = { is: "keys", called: "a broker", keys: { ...COMMON, ...NATS_AUTH, ...SASL } };
const WORDS: Outline = { is: "word", words: ["embedded", "nats", "kafka", "redis"] };

const USUAL: Readonly<Record<BrokerKind, string>> = { nats: "nats://127.0.0.1:4222", kafka: "127.0.0.1:9092", redis: "redis://127.0.0.1:6379" };
const DAY = 86_400_000;
const DEFAULTS = { replicas: 1, retention: 7 * DAY, partitions: 12 };

/** `embedded`, a broker by its kind alone, or a map. Null is embedded. */
export const BROKER: Form<BrokerRef | "embedded"> = {
  outline: { is: "either", of: [WORDS, OUTLINE] },
  read: (node, at) => {
    const kind = kindOf(node, at);
    if (kind === undefined || kind === "embedded") return kind;
    if (node.kind !== "map") return { kind, urls: [[USUAL[kind]]], tls: null, topics: DEFAULTS };
    return kind === "nats" ? readNats(node, at) : kind === "kafka" ? readKafka(node, at) : readRedis(node, at);
  },
};

/** An address alone says which kind it is of, and is refused with the map to write. */
function isUrlAlone(node: Node, at: Reading): boolean {
  const meant = node.kind === "scalar" ? kindOfUrl(node.text) : null;
  if (node.kind !== "scalar" || meant === null) return false;
  const text = `{ kind: ${meant.kind}, url: ${JSON.stringify(meant.url)} }`;
  if (!holdsSecret(node, "broker", `write \`{ kind: ${meant.kind}, url: HOST:PORT }\`, and the user's password under \`${meant.kind === "kafka" ? "sasl" : "auth"}\` as \`\${env:NAME}\``, at)) {
    at.report("FC2005", node.span, `${at.what} is a kind of broker, and \`${node.text}\` is an address`, { hint: `write \`broker: ${text}\``, fix: { span: node.span, text } });
  }
  return true;
}

function kindOf(node: Node, at: Reading): BrokerKind | "embedded" | undefined {
  if (isUrlAlone(node, at)) return undefined;
  const written = node.kind === "map" ? node.entries.find(({ key }) => key.text === "kind")?.value : node;
  if (written === undefined) return void readKeys({ kind: COMMON.kind }, new Map(), "a broker", at);
  return COMMON.kind.form.read(written, { ...at, what: node.kind === "map" ? "`kind`" : at.what })?.value;
}

function readNats(node: MapNode, at: Reading): BrokerRef | undefined {
  const values = read(node, { ...COMMON, ...NATS_AUTH }, at);
  return values === undefined ? undefined : refOf("nats", values, values.auth ?? {}, at);
}
function readKafka(node: MapNode, at: Reading): BrokerRef | undefined {
  const values = read(node, { ...COMMON, ...SASL }, at);
  if (values === undefined) return undefined;
  const { mechanism, ...user } = values.sasl ?? {};
  return refOf("kafka", values, { ...user, ...(mechanism === undefined ? {} : { mechanism: mechanism.value }) }, at);
}
function readRedis(node: MapNode, at: Reading): BrokerRef | undefined {
  const values = read(node, { ...COMMON, ...REDIS_AUTH }, at);
  return values === undefined ? undefined : refOf("redis", values, values.auth ?? {}, at);
}

function read<K extends Keys>(node: MapNode, known: K, at: Reading) {
  const { entries, broken } = matchKeys(node, { is: "keys", called: "a broker of this kind", keys: known }, at);
  const values = readKeys(known, entries, "a broker", { ...at, excused: broken });
  return broken || values === null ? undefined : values;
}

type Common = Pick<NonNullable<ReturnType<typeof read<typeof COMMON>>>, "url" | "tls" | "topics">;

function refOf(kind: BrokerKind, { url, tls, topics }: Common, credentials: Omit<BrokerRef, "kind" | "urls" | "tls" | "topics">, at: Reading): BrokerRef | undefined {
  const safe = (url ?? []).map(({ node }) => checkUrl(kind, node, tls !== undefined, at));
  const second = kind === "redis" ? url?.[1] : undefined;
  if (second !== undefined) {
    at.report("FC6040", second.node.span, "Redis has one address here: neither Redis Cluster nor Sentinel is supported", { hint: "leave the address of the primary, or one that leads to it" });
    return undefined;
  }
  if (safe.includes(false)) return undefined;
  return {
    kind,
    urls: url?.map(({ text }) => text) ?? [[USUAL[kind]]],
    tls: tls === undefined ? null : tlsOf(tls),
    ...credentials,
    topics: { ...DEFAULTS, ...fieldsOf({ replicas: topics?.replicas?.value, retention: topics?.retention?.value, partitions: topics?.partitions?.value }) },
  };
}

type Tls = NonNullable<Common["tls"]>;

/** As it is connected with. */
export const tlsOf = ({ ca, cert, key, server_name: serverName }: Tls): NonNullable<BrokerRef["tls"]> => ({
  ...fieldsOf({ ca: ca?.value, cert: cert?.value, serverName: serverName?.value }),
  ...(key === undefined ? {} : { key }),
});

function fieldsOf<T>(fields: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  const given: Record<string, T> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given[name] = value;
  return given;
}

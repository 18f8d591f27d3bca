/** What clients of Kafka, Redis and NATS call the keys of a broker, with the form to write here. */
const ADDRESS = "write `url: HOST:PORT`, or `url: [HOST:PORT, HOST:PORT]` for several servers of one cluster";
const CERTIFICATES = "write `tls: {}`, or `tls: { ca: PATH }` where the authority is your own";
const SECURITY = "write `tls: {}` where it is encrypted, and who it lets in under `sasl`, at NATS and Redis under `auth`";
const USER = "write it under `auth`, at Kafka under `sasl`: `{ username: NAME, password: \"${env:NAME}\" }`";
const GROUP = "a group belongs to a trigger: `on: { topic: name, group: name }`";
const DATABASE = "its number stands behind the address: `url: redis://HOST:6379/2`";

export const BROKER_WORDS = {
  brokers: ADDRESS,
  bootstrap_servers: ADDRESS,
  "bootstrap.servers": ADDRESS,
  bootstrapServers: ADDRESS,
  servers: ADDRESS,
  urls: ADDRESS,
  host: ADDRESS,
  hosts: ADDRESS,
  port: ADDRESS,
  address: ADDRESS,
  ssl: CERTIFICATES,
  security_protocol: SECURITY,
  "security.protocol": SECURITY,
  user: USER,
  username: USER,
  password: USER,
  auth: "at Kafka write `sasl: { mechanism: plain, username: NAME, password: \"${env:NAME}\" }`",
  sasl: "at NATS and Redis write `auth: { username: NAME, password: \"${env:NAME}\" }`",
  credentials: "write `auth: { creds: \"${file:PATH}\" }`",
  group: GROUP,
  group_id: GROUP,
  "group.id": GROUP,
  consumer_group: GROUP,
  db: DATABASE,
  database: DATABASE,
};

const named = (kind: string): string => `write \`broker: ${kind}\` for a server on this machine, or \`broker: { kind: ${kind}, url: HOST:PORT }\``;
const REGISTRY = "write `registry: http://HOST:8081`";

/** The same of the project file and its profiles. */
export const PROJECT_WORDS = {
  kafka: named("kafka"),
  nats: named("nats"),
  redis: named("redis"),
  schema_registry: REGISTRY,
  schemaRegistry: REGISTRY,
};

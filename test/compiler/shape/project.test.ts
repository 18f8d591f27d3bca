import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/compiler/parse/parse.js";
import { shapeProject, type ProjectChoice } from "../../../src/compiler/shape/project.js";

function project(text: string, choice: ProjectChoice = {}) {
  const source = { path: "flowctl.yaml", text };
  const [document] = parseYaml(source).documents;
  if (document === undefined) throw new Error("no document");
  const shaped = shapeProject(document, source, choice);
  return { ...shaped, found: shaped.diagnostics.map(({ code, span }) => `${span.file}:${text.slice(0, span.start).split("\n").length} ${code}`) };
}

const FILE = `store: sqlite:data.db
models:
  fast: { provider: openai, model: gpt-4o-mini, temperature: 0 }
network: { allow: ["localhost:8080"] }
flows: ["flows/**/*.yaml"]
profiles:
  offline:
    store: memory
    models: { fast: { provider: scripted, answers: a.yaml } }
`;

describe("the project file", () => {
  it("says where", () => {
    expect(project(FILE).project).toMatchObject({ store: { kind: "sqlite", path: "data.db" }, allow: [{ value: "localhost:8080" }], flows: [{ value: "flows/**/*.yaml" }], profiles: ["offline"] });
  });
  it("says where requests are listened for, and warns of other machines", () => {
    expect(project('http: { listen: "127.0.0.1:80" }\n')).toMatchObject({ found: [], project: { listen: { value: "127.0.0.1:80" } } });
    expect(project('http: { listen: "[::1]:65535" }\n').found).toEqual([]);
    expect(project("http: { listen: 8080 }\n").found).toEqual(["flowctl.yaml:1 FC2008"]);
    for (const address of ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", "shop.example:80"]) expect(project(`http: { listen: "${address}" }\n`)).toMatchObject({ found: ["flowctl.yaml:1 FC6032"], project: { listen: { value: address } } });
  });
  it("names a broker, by its kind or in full, with secrets by reference only", () => {
    const broker = (text: string) => project(`broker: ${text}\n`);
    expect(broker("nats")).toMatchObject({ found: ["flowctl.yaml:1 FC6042"], project: { broker: { kind: "nats", urls: [["nats://127.0.0.1:4222"]], tls: null, topics: { replicas: 1 } } } });
    expect(broker("embedded")).toMatchObject({ found: [], project: { models: [] } });
    expect(broker('{ kind: nats, url: ["tls://a.example:4222", "${env:SECOND}"], tls: { ca: ca.pem, server_name: a.example }, auth: { creds: "${file:app.creds}" }, topics: { replicas: 3, retention: 14d } }').project?.broker).toEqual({
      kind: "nats",
      urls: [["tls://a.example:4222"], [{ secret: "env", name: "SECOND" }]],
      tls: { ca: "ca.pem", serverName: "a.example" },
      creds: [{ secret: "file", name: "app.creds" }],
      topics: { replicas: 3, retention: 14 * 86_400_000, partitions: 12 },
    });
  });
  it.each<readonly [string, readonly string[]]>([
    ["{ url: nats://x }", ["FC2003"]],
    ["{ kind: natz }", ["FC2005"]],
    ["{ kind: nats, url: http://a.example }", ["FC6040"]],
    ["{ kind: nats, url: nats://me:secret@a.example }", ["FC5020"]],
    ["{ kind: nats, url: 'me:secret@a.example:4222' }", ["FC5020"]],
    ["{ kind: kafka, url: 'me:secret@a.example:9092', tls: {} }", ["FC5020"]],
    ["{ kind: nats, auth: { token: abc } }", ["FC5020"]],
    ["{ kind: nats, auth: { token: 'a${env:T}' } }", ["FC5020"]],
    ["{ kind: nats, url: 'nats://${1 + 1}' }", ["FC2004"]],
    ["{ kind: nats, sasl: { mechanism: plain } }", ["FC2009"]],
    ["{ kind: nats, topics: { replicas: 9 } }", ["FC2010"]],
  ])("broker: %s", (text, codes) => {
    const { found, project: file } = project(`broker: ${text}\n`);
    expect(found.filter((one) => !one.endsWith("FC6042")).map((one) => one.split(" ")[1])).toEqual(codes);
    expect(file).toBeNull();
  });
  it.each<readonly [string, string, string]>([
    ["nats://a.example:4222", "FC2005", 'write `broker: { kind: nats, url: "nats://a.example:4222" }`'],
    ["TLS://a.example", "FC2005", 'write `broker: { kind: nats, url: "TLS://a.example" }`'],
    ["kafka://a.example:9092", "FC2005", 'write `broker: { kind: kafka, url: "a.example:9092" }`'],
    ["rediss://a.example", "FC2005", 'write `broker: { kind: redis, url: "rediss://a.example" }`'],
    ["redis://:hunter2@a.example", "FC5020", "write `{ kind: redis, url: HOST:PORT }`, and the user's password under `auth` as `${env:NAME}`"],
    ["{ kind: kafka, url: 9092 }", "FC6040", "write it like `kafka.internal:9092`"],
    ["{ kind: kafka, url: 'a:9092, b:9092' }", "FC6040", 'several servers of one cluster are a list: `url: ["a:9092", "b:9092"]`'],
    ["{ kind: redis, url: 'a,b' }", "FC6040", "write it like `redis://redis.internal:6379`"],
    ["{ kind: redis, url: [localhost, '127.0.0.1:6380'] }", "FC6040", "leave the address of the primary, or one that leads to it"],
    ["{ kind: kafka, bootstrap.servers: a }", "FC2009", "write `url: HOST:PORT`, or `url: [HOST:PORT, HOST:PORT]` for several servers of one cluster"],
    ["{ kind: kafka, ssl: { ca: x } }", "FC2009", "write `tls: {}`, or `tls: { ca: PATH }` where the authority is your own"],
    ["{ kind: nats, tls: true }", "FC2004", "for example `tls: {}`"],
  ])("broker: %s is %s with the form to write", (text, code, hint) => {
    const { diagnostics, project: file } = project(`broker: ${text}\n`);
    expect(diagnostics.filter((one) => one.code !== "FC6042").map((one) => [one.code, one.hint])).toEqual([[code, hint]]);
    expect(JSON.stringify(diagnostics.map(({ message, fix }) => [message, fix]))).not.toContain("hunter2");
    expect(file).toBeNull();
  });
  it("an address alone comes with the broker that it is of", () => {
    const { diagnostics } = project("profiles: { p: { broker: kafka://a.example:9092 } }\n");
    expect(diagnostics.map(({ fix }) => fix?.text)).toEqual(['{ kind: kafka, url: "a.example:9092" }']);
  });
  it("the broker's name for the broker is answered with the key", () => expect(project("kafka: { url: a }\n").diagnostics).toMatchObject([{ code: "FC2009", hint: "write `broker: kafka` for a server on this machine, or `broker: { kind: kafka, url: HOST:PORT }`" }]));
  it("warns of a broker that is reached in plain text over the network", () => {
    expect(project("broker: { kind: nats, url: 'nats://nats.internal:4222' }\n").found).toEqual(["flowctl.yaml:1 FC6042", "flowctl.yaml:1 FC6041"]);
    for (const safe of ["{ kind: nats, url: tls://nats.internal }", "{ kind: nats, url: nats://nats.internal, tls: {} }", "{ kind: nats, url: 'nats://127.0.0.1:4222' }", "{ kind: nats, url: '${env:NATS_URL}' }"]) expect(project(`broker: ${safe}\n`).found).toEqual(["flowctl.yaml:1 FC6042"]);
  });
  it("a profile is a deep merge", () => {
    const { project: merged } = project(FILE, { profile: "offline" });
    expect(merged).toMatchObject({ store: { kind: "memory" }, allow: [{ value: "localhost:8080" }] });
    expect(merged?.models[0]?.value).toMatchObject({ provider: { value: "scripted" }, temperature: 0, options: [{ key: { value: "answers" } }] });
  });
  it("--set comes after it", () => {
    const { project: merged } = project(FILE, { profile: "offline", sets: ["store=sqlite:x.db", "models.fast.temperature=1", "network.allow=[a, b]"] });
    expect(merged).toMatchObject({ store: { kind: "sqlite", path: "x.db" }, allow: [{ value: "a" }, { value: "b" }] });
    expect(merged?.models[0]?.value.temperature).toBe(1);
  });
  it("an empty file takes all defaults", () => {
    const source = { path: "flowctl.yaml", text: "{}\n" };
    expect(project(source.text).project).toMatchObject({ models: [], allow: [], flows: [], profiles: [] });
  });
});

describe("problems of the project file", () => {
  it.each<readonly [string, ProjectChoice, readonly string[]]>([
    ["stroe: memory\n", {}, ["flowctl.yaml:1 FC2002"]],
    ["store: mysql\n", {}, ["flowctl.yaml:1 FC2004"]],
    ["store: redis://x\n", {}, ["flowctl.yaml:1 FC2090"]],
    ["store: postgres://x\n", {}, ["flowctl.yaml:1 FC6053"]],
    ["store: postgresql://us%er@db/x\n", {}, ["flowctl.yaml:1 FC6053"]],
    ["store: postgres://me:secret@localhost/db\n", {}, ["flowctl.yaml:1 FC5020"]],
    ["store: { kind: postgres, url: 'postgresql://me@localhost/db', password: secret }\n", {}, ["flowctl.yaml:1 FC5020"]],
    ["store: { kind: postgres, url: 'postgresql://me@localhost/db', schema: 'My Schema' }\n", {}, ["flowctl.yaml:1 FC2090"]],
    ["store: { kind: postgres, url: 'postgresql://me@localhost/db', schema: pg_flows }\n", {}, ["flowctl.yaml:1 FC2090"]],
    ["store: { kind: oracle, url: 'postgresql://me@localhost/db' }\n", {}, ["flowctl.yaml:1 FC2005"]],
    ["broker: embedded\ntelemetry: 3\ncontrol: x\n", {}, ["flowctl.yaml:2 FC2090", "flowctl.yaml:3 FC2090"]],
    ["queues: { q: { topic: 3, keys: [a.b] } }\n", {}, ["flowctl.yaml:1 FC2008"]],
    ["queues:\n  a: { topic: t }\n  b: { topic: t }\n", {}, ["flowctl.yaml:3 FC5114"]],
    ["queues:\n  a: { topic: t, keys: [x, y] }\n  b: { topic: t.y }\n", {}, ["flowctl.yaml:3 FC5114"]],
    ["queues:\n  a: { topic: t.y }\n  b: { topic: t, keys: [x, y] }\n  c: { topic: t.x }\n", {}, ["flowctl.yaml:3 FC5114"]],
    ["queues:\n  a: { topic: t }\n  b: { topic: u }\nprofiles:\n  p: { queues: { b: { topic: t } } }\n", { profile: "p" }, ["flowctl.yaml:5 FC5114"]],
    ["network: { allow: [\"http://x\"] }\n", {}, ["flowctl.yaml:1 FC2008"]],
    ["profiles:\n  a: { store: 3 }\n", {}, ["flowctl.yaml:2 FC2004"]],
    ["profiles:\n  a: { store: 3 }\n", { profile: "a" }, ["flowctl.yaml:2 FC2004"]],
    ["profiles:\n  offline: {}\n", { profile: "ofline" }, ["flowctl.yaml:2 FC2019"]],
    ["models: { m: { extends: other } }\n", {}, ["flowctl.yaml:1 FC2002"]],
    ["models:\n  m: { api_key: sk-abcdefghij1234567890 }\n", {}, ["flowctl.yaml:2 FC5020"]],
    ["models:\n  m: { base_url: 'http://me:secret@localhost/v1' }\n", {}, ["flowctl.yaml:2 FC5020"]],
    ["profiles:\n  a: { models: { m: { api_key: sk-abcdefghij1234567890 } } }\n", {}, ["flowctl.yaml:2 FC5020"]],
    ["store: sqlite:somewhere-else.db\n", { sets: ["models.m.api_key=sk-abcdefghij1234567890"] }, ["--set:1 FC5020"]],
    ["http: { listen: '127.0.0.1:65536' }\n", {}, ["flowctl.yaml:1 FC2008"]],
    ["store: postgresql://me@localhost:65536/db\n", {}, ["flowctl.yaml:1 FC6053"]],
    ["registry: http://localhost:65536\n", {}, ["flowctl.yaml:1 FC6063"]],
    ["broker: { kind: kafka, url: 'localhost:65536' }\n", {}, ["flowctl.yaml:1 FC6040"]],
    ["store: memory\n", { sets: ["store"] }, ["--set:1 FC2019"]],
    ["store: memory\n", { sets: ["storr=memory"] }, ["--set:1 FC2002"]],
    ["store: memory\n", { sets: ["store=mysql"] }, ["--set:1 FC2004"]],
  ])("%s %j", (text, choice, expected) => {
    const shaped = project(text, choice);
    expect(shaped.found).toEqual(expected);
    expect(shaped.project).toBeNull();
  });
});

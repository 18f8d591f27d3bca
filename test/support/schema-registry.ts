import { createHash } from "node:crypto";
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import avro from "avsc";

/** A schema registry that speaks Confluent's REST protocol, as far as clients of schemas need it. */
export interface SchemaRegistry extends AsyncDisposable {
  readonly url: string;
  /** `POST /subjects/orders-value`, each as it came. */
  readonly asked: string[];
  /** Puts a schema there as another producer does; gives its id. */
  add(subject: string, schema: unknown, schemaType?: SchemaType, references?: readonly Reference[]): number;
  guid(id: number): string;
  setLevel(subject: string, level: string): void;
  /** Answers 503, until it is called again. */
  away(is: boolean): void;
}

type SchemaType = "AVRO" | "PROTOBUF" | "JSON";
interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}
interface Stored {
  readonly id: number;
  readonly text: string;
  readonly type: SchemaType;
  readonly references: readonly Reference[];
}

interface Options {
  /** What `authorization` has to say. */
  readonly authorization?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly port?: number;
  /** What is answered instead, by what is asked: a proxy's page, or its own no. */
  readonly instead?: (asked: string) => { readonly status: number; readonly body: string } | null;
  /** How it judges schemas that are no Avro: the reasons why it takes them not. */
  readonly judge?: (was: string, is: string) => readonly string[];
}

export async function schemaRegistry({ authorization, tls, port = 0, judge = () => [], instead = () => null }: Options = {}): Promise<SchemaRegistry> {
  const schemas: Stored[] = [];
  const subjects = new Map<string, Stored[]>();
  const levels = new Map<string, string>();
  const asked: string[] = [];
  let isAway = false;

  const textOf = (schema: unknown): string => (typeof schema === "string" ? schema : JSON.stringify(schema));
  const same = (a: Stored, text: string, type: SchemaType): boolean => a.type === type && canonical(a.text) === canonical(text);
  const guid = (id: number): string => createHash("md5").update(String(id)).digest("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  function add(subject: string, schema: unknown, type: SchemaType = "AVRO", references: readonly Reference[] = []): number {
    const text = textOf(schema);
    const versions = subjects.get(subject) ?? [];
    subjects.set(subject, versions);
    const there = versions.find((one) => same(one, text, type));
    if (there !== undefined) return there.id;
    const known = schemas.find((one) => same(one, text, type)) ?? { id: schemas.length + 1, text, type, references };
    if (!schemas.includes(known)) schemas.push(known);
    versions.push(known);
    return known.id;
  }
  const levelOf = (subject: string): string => levels.get(subject) ?? levels.get("") ?? "BACKWARD";
  const problems = (subject: string, was: Stored, text: string, type: SchemaType): readonly string[] => (type === "AVRO" ? avroProblems(was.text, text, levelOf(subject)) : judge(was.text, text));
  /** A transitive level looks at all versions where one is registered, and at the one that is named where it is asked. */
  function refusals(subject: string, text: string, type: SchemaType): readonly string[] {
    const versions = subjects.get(subject) ?? [];
    return (levelOf(subject).endsWith("_TRANSITIVE") ? versions : versions.slice(-1)).flatMap((was) => problems(subject, was, text, type));
  }
  const shown = ({ id, text, type, references }: Stored): object => ({ id, schema: text, ...(type === "AVRO" ? {} : { schemaType: type }), ...(references.length === 0 ? {} : { references }) });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { method = "", url = "" } = request;
    asked.push(`${method} ${url}`);
    const say = (status: number, value: object): void => void response.writeHead(status, { "content-type": "application/vnd.schemaregistry.v1+json" }).end(JSON.stringify(value));
    const none = (code: number, message: string): void => say(404, { error_code: code, message });
    const told = instead(`${method} ${url}`);
    if (told !== null) return void response.writeHead(told.status, { "content-type": "text/html" }).end(told.body);
    if (isAway) return say(503, { error_code: 50003, message: "the leader is not known" });
    if (authorization !== undefined && request.headers.authorization !== authorization) return say(401, { error_code: 401, message: "Unauthorized" });
    const [one = "", two = "", three = "", four = "", five = ""] = new URL(url, "http://x").pathname.slice(1).split("/").map(decodeURIComponent);
    if (one === "schemas") {
      const found = schemas.find(({ id }) => (two === "ids" ? String(id) === three : guid(id) === three));
      return found === undefined ? none(40403, "Schema not found") : say(200, shown(found));
    }
    if (one === "config") return say(200, { compatibilityLevel: levelOf(two) });
    const subject = one === "compatibility" ? three : two;
    const versions = subjects.get(subject);
    if (method === "GET" && three === "versions" && four === "") return versions === undefined ? none(40401, "Subject not found") : say(200, versions.map((_one, index) => index + 1));
    if (method === "GET") {
      const version = four === "latest" ? (versions?.length ?? 0) : Number(four);
      const found = versions?.[version - 1];
      return found === undefined ? none(versions === undefined ? 40401 : 40402, "not found") : say(200, { subject, version, ...shown(found) });
    }
    const { schema: text = "", schemaType: type = "AVRO" }: { readonly schema?: string; readonly schemaType?: SchemaType } = JSON.parse(body);
    if (one === "compatibility") {
      const was = versions?.[(five === "latest" ? versions.length : Number(five)) - 1];
      const messages = was === undefined ? [] : problems(subject, was, text, type);
      return versions === undefined ? none(40401, "Subject not found") : say(200, { is_compatible: messages.length === 0, messages });
    }
    const found = versions?.find((stored) => same(stored, text, type));
    if (three === "") return found === undefined ? none(versions === undefined ? 40401 : 40403, "not found") : say(200, { subject, ...shown(found), version: (versions?.indexOf(found) ?? 0) + 1 });
    const messages = found === undefined ? refusals(subject, text, type) : [];
    if (messages.length > 0) return say(409, { error_code: 409, message: `Schema being registered is incompatible with an earlier schema: ${messages.join("; ")}` });
    return say(200, { id: add(subject, text, type) });
  }

  const serve = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server = tls === undefined ? createPlain(serve) : createSecure(tls, serve);
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the registry has no port");
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}`,
    asked,
    add,
    guid,
    setLevel: (subject, level) => void levels.set(subject, level),
    away: (is) => void (isAway = is),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function canonical(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text.replaceAll(/\s+/g, " ").trim();
  }
}

/** By avsc alone, without anything of flowctl. */
function avroProblems(was: string, is: string, level: string): readonly string[] {
  const old = avro.Type.forSchema(JSON.parse(was));
  const next = avro.Type.forSchema(JSON.parse(is));
  const reads = (reader: avro.Type, writer: avro.Type, what: string): readonly string[] => {
    try {
      reader.createResolver(writer);
      return [];
    } catch (error) {
      return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
    }
  };
  return [...(/^(BACKWARD|FULL)/.test(level) ? reads(next, old, "READER_FIELD_MISSING_DEFAULT_VALUE") : []), ...(/^(FORWARD|FULL)/.test(level) ? reads(old, next, "the old schema cannot read the new one") : [])];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  return text;
}

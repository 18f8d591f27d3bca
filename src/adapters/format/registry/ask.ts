import { Agent, buildConnector } from "undici";
import { InfraError } from "../../../core/errors.js";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import { messageOf } from "../../../core/message-of.js";
import type { RegistryAccess, RegistryConnection } from "../../../core/registry.js";
import { RegistryAway } from "./away.js";

/** It does not let flowctl in, or not for this. */
export class NotLetIn extends InfraError {
  readonly status: number;
  constructor(status: number, where: string) {
    super("FC6061", `The schema registry at ${where} does not let flowctl in (${status}).`, { hint: "`registry: { url, auth }` in flowctl.yaml says as whom" });
    this.status = status;
  }
}

/** What it refused. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

export interface RegistryLink extends AsyncDisposable {
  /** The first server's address, without credentials: for messages. */
  readonly where: string;
  ask(method: "GET" | "POST", path: string, body?: JsonObject): Promise<{ readonly answer: Json } | { readonly refused: Refusal }>;
}

/** For an answer as a whole. */
const TIMEOUT_MS = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;

/** One request to one server after the other, until one answers. Rejects with RegistryAway, with FC6061 where it does not let flowctl in. */
export function openLink(connection: RegistryConnection): RegistryLink {
  const { urls, renewed = () => connection } = connection;
  const agent = new Agent({ connect: (options, callback) => buildConnector(tlsOf(renewed()))(options, callback) });
  const servers = urls.map((url) => new URL(url.endsWith("/") ? url : `${url}/`));
  const where = servers[0]?.host ?? "";

  async function send(server: URL, method: "GET" | "POST", path: string, body: JsonObject | undefined): ReturnType<RegistryLink["ask"]> {
    const url = new URL(path, server);
    const { authorization } = renewed();
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      // Of all of it: the agent's own limits are for each piece, and an answer may drip.
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: "application/vnd.schemaregistry.v1+json, application/json",
        ...(authorization === null ? {} : { authorization }),
        ...(body === undefined ? {} : { "content-type": "application/vnd.schemaregistry.v1+json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = parsed(await textOf(response.body));
    const { statusCode: status } = response;
    if (status < 300) {
      // A page that asks who is there, for one.
      if (answer === null) throw new RegistryAway(`the schema registry at ${server.host} answers with no JSON`);
      return { answer };
    }
    const { error_code: code, message } = isJsonObject(answer) ? answer : {};
    if (status === 401 || status === 403) throw new NotLetIn(status, server.host);
    // What has no number was not said by a registry: a proxy before it, whose 404 does not mean that there is no such schema.
    if (typeof code !== "number" || status === 408 || status === 429 || status >= 500) throw new RegistryAway(`the schema registry at ${server.host} answers ${status}`);
    return { refused: { status, message: typeof message === "string" ? message : `it answers ${status}` } };
  }
  return {
    where,
    async ask(method, path, body) {
      let last: unknown = null;
      for (const server of servers) {
        try {
          return await send(server, method, path, body);
        } catch (thrown) {
          if (thrown instanceof InfraError) throw thrown;
          last = thrown;
        }
      }
      if (last instanceof RegistryAway) throw last;
      throw new RegistryAway(`the schema registry at ${where} does not answer: ${messageOf(last)}`, { cause: last });
    },
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

const tlsOf = ({ tls }: RegistryAccess): buildConnector.BuildOptions =>
  tls === null ? {} : { ...(tls.ca === undefined ? {} : { ca: tls.ca }), ...(tls.cert === undefined ? {} : { cert: tls.cert }), ...(tls.key === undefined ? {} : { key: tls.key }), ...(tls.serverName === undefined ? {} : { servername: tls.serverName }) };

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new RegistryAway("the schema registry's answer is larger than 8 MB");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parsed(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

import { createHttpServer } from "../../../src/adapters/http-server/server.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";

export interface Served {
  readonly world: World;
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly run: string;
}

/** A runtime that listens at a port of its own, and requests to it over real connections. */
export async function served(text: string, tools: Readonly<Record<string, ToolFake>> = {}, over: Parameters<typeof world>[2] = {}): Promise<Served> {
  const made = world(text, tools, { http: createHttpServer({ host: "127.0.0.1", port: 0 }), ...over });
  await made.runtime.start();
  return { world: made, request: (...args) => ask(made.runtime.address() ?? "", ...args) };
}

export async function ask(address: string, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(`${address}${path}`, { method, headers, ...sent });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text), run: response.headers.get("flowctl-run") ?? "" };
}

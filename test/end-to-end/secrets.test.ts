import { globSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

/** Secrets are planted wherever one can stand, and everything that comes back repeats all that it was sent: then everything that flowctl wrote is searched. */
const SECRETS = { API_KEY: "pl4nted-api-key", TOKEN: 'pl4nted "token" / 1', PASSWORD: "pl4nted-p@ssword", PATH_TOKEN: "pl4nted-path-token-0123456789", LOCATED: "", OPENAI_API_KEY: "pl4nted-usual-key" };
const FILE = "pl4nted-of-a-file";
let server: Server;
let host = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const { url = "", headers } = request;
      const status = Number(/\/status\/(\d+)/.exec(url)?.[1] ?? 200);
      // As data, as text, and as JSON inside of text.
      const echo = { url, authorization: headers.authorization, key: headers["x-key"], decoded: decodeURIComponent(url), text: JSON.stringify({ url, headers, body }), inner: JSON.stringify({ all: JSON.stringify(headers) }) };
      const streams = /"stream":true/.test(body);
      const answer = url.endsWith("/chat/completions") && status === 200 ? { id: "1", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: JSON.stringify(echo) } }] } : { ...echo, error: { message: JSON.stringify(echo), type: "x" } };
      if (streams) response.writeHead(500).end(JSON.stringify(answer));
      else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterAll(() => void server.close());

const tool = (url: string, more = ""): string => `tools: { t: { http: { method: POST, url: "${url}", headers: { authorization: "Bearer \${env:TOKEN}", x-key: "\${file:key.txt}" } }, input: { fields: { a: string } }, output: {}${more} } }\nsteps: [ { id: s, tool: t } ]\nvalue: "\${steps.s}"\n`;
const model = (url: string, more = ""): string => `models: { m: { provider: openai, model: m, base_url: "${url}", api_key: "\${env:API_KEY}" } }\nagents: { a: { model: m, instructions: Answer., input: { fields: { a: string } }${more} } }\nsteps: [ { id: s, agent: a } ]\nvalue: "\${steps.s}"\n`;

test.each<[string, "completed" | "failed", (at: string) => string]>([
  ["an answer that repeats headers and url", "completed", (at) => tool(`http://${at}/x/\${env:PATH_TOKEN}?q=\${env:TOKEN}`)],
  ["an error that repeats them", "failed", (at) => tool(`http://${at}/x/\${env:PATH_TOKEN}/status/400?q=\${env:TOKEN}`)],
  ["a typed error that does", "failed", (at) => tool(`http://${at}/status/402/\${env:PATH_TOKEN}`, ", errors: { declined: { status: [402], type: {} } }")],
  ["a server that fails", "failed", (at) => tool(`http://${at}/status/500/\${env:PATH_TOKEN}`, ", effect: read")],
  ["a password in an url", "completed", (at) => tool(`http://user:\${env:PASSWORD}@${at}/x`).replace(/headers: \{.*?\} \}/, "}")],
  ["a password in an url whose answer is an error", "failed", (at) => tool(`http://user:\${env:PASSWORD}@${at}/status/400`).replace(/headers: \{.*?\} \}/, "}")],
  ["an address with a password as one secret", "completed", () => tool("${env:LOCATED}/x").replace(/headers: \{.*?\} \}/, "}")],
  ["an address with a password as one secret whose answer is an error", "failed", () => tool("${env:LOCATED}/status/409").replace(/headers: \{.*?\} \}/, "}")],
  ["nobody at an url with a token", "failed", () => tool("http://127.0.0.1:1/x/${env:PATH_TOKEN}", ", effect: read")],
  ["an url that is none", "failed", () => tool("${env:PASSWORD}/${env:PATH_TOKEN}")],
  ["a model's answer that repeats the key", "completed", (at) => model(`http://${at}/v1`)],
  ["a model's structured answer that does", "completed", (at) => model(`http://${at}/v1`, ", output: { type: object, properties: { text: { type: string } }, required: [text] }")],
  ["a model's error that repeats the key", "failed", (at) => model(`http://${at}/status/400`)],
  ["a model's server that fails", "failed", (at) => model(`http://${at}/status/500`)],
  ["a key that is not accepted", "failed", (at) => model(`http://${at}/status/401`)],
  ["a model's answer that repeats the key of the usual variable", "completed", (at) => model(`http://${at}/v1`).replace(/, api_key: "[^"]*"/, "")],
  ["a model's error that does", "failed", (at) => model(`http://${at}/status/400`).replace(/, api_key: "[^"]*"/, "")],
  ["a password in the usual variable of the address", "failed", () => model("").replace(/, base_url: "", api_key: "[^"]*"/, "")],
  ["a password in a model's address", "failed", (at) => model(`http://user:\${env:PASSWORD}@${at}/v1`)],
  ["nobody at a model's address with a token", "failed", () => model("http://127.0.0.1:1/${env:PATH_TOKEN}")],
  ["a module that throws it", "failed", () => `tools: { t: { module: ./m.mjs#f, input: { fields: { a: string } }, output: {}, effect: read }, u: { http: { method: GET, url: "http://127.0.0.1:1/", headers: { authorization: "\${env:TOKEN}" } }, input: { fields: { a: string } } } }\nsteps: [ { tool: u, catch: [ { on: any, do: [] } ] }, { tool: t, with: "\${input}" } ]\n`],
])("%s: no secret is in the database, the output, the log, the cassette", async (_name, status, flow) => {
  const files = {
    "flow.yaml": `flowctl: v1\nflow: f\npolicies: { once: { retry: { max: 1 } } }\ninput: { fields: { a: string } }\n${flow(host)}`.replaceAll("{ id: s, ", "{ id: s, policy: once, "),
    "flowctl.yaml": `flowctl: v1\nstore: sqlite:kept/f.db\nnetwork: { allow: ["127.0.0.1"] }\n`,
    "key.txt": `${FILE}\n`,
    "m.mjs": "export const f = (input, ctx) => { ctx.log('with ' + process.env.TOKEN); console.error(process.env.TOKEN); throw new Error('no ' + process.env.TOKEN); };\n",
  };
  const cwd = folderWith(files);
  const located = `http://user:${encodeURIComponent(SECRETS.PASSWORD)}@${host}`;
  const { stdout, stderr } = await flowctl(["run", "flow.yaml", "-i", '{"a":"b"}', "-o", "json", "--all-topics", "--record", "calls.yaml"], { cwd, env: { ...SECRETS, LOCATED: located, OPENAI_BASE_URL: `${located}/v1` } });
  expect(stdout).toMatch(new RegExp(`^\\{"flow":"f","run":"\\w+","status":"${status}"`));
  // What was asked came back.
  if (status === "completed") expect(stdout).toContain("***");

  const basic = Buffer.from(`user:${SECRETS.PASSWORD}`).toString("base64");
  const written = globSync(["**/*", "**/.*"], { cwd }).filter((path) => !(path in files) && statSync(join(cwd, path)).isFile());
  expect(written).toContain("calls.yaml");
  expect(written).toContain(join("kept", "f.db"));
  const found = [["stdout", stdout] as const, ["stderr", stderr] as const, ...written.map((path) => [path, readFileSync(join(cwd, path), "latin1")] as const)].flatMap(([where, text]) =>
    [...text.matchAll(new RegExp(`.{0,60}(?:pl4nted|${basic.replaceAll("+", "\\+")}).{0,40}`, "g"))].map(([hit]) => `${where}: ${hit}`),
  );
  expect(found).toEqual([]);
});

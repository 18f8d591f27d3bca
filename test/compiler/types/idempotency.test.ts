import { expect, it } from "vitest";
import { errorsOf } from "./check-text.js";

const ID = "{ fields: { id: string } }";
const KINDS = {
  http: '{ method: POST, url: "https://api.example.com/x" }',
  module: "./pay.js#pay",
  request: "{ topic: asked, reply: given }",
} as const;
const flow = (kind: keyof typeof KINDS, idempotency: string): string =>
  `flowctl: v1\nflow: f\ninput: ${ID}\ntopics: { asked: { message: ${ID} }, given: { message: ${ID} } }\ntools:\n  t: { ${kind}: ${KINDS[kind]}, input: ${ID}, output: ${ID}, effect: write, idempotency: ${idempotency} }\nsteps: [ { tool: t } ]\n`;

it.each([
  ["http", "header", true],
  ["http", "{ field: key }", true],
  ["http", "key", false],
  ["module", "key", true],
  ["module", "header", false],
  ["module", "{ field: key }", false],
  ["request", "key", true],
  ["request", "{ header: Request-Id }", true],
  ["request", "{ field: key }", false],
  ["http", "native", true],
  ["module", "none", true],
] as const)("a tool of the kind %s has its key by `%s`: %s", (kind, idempotency, comes) => {
  expect(errorsOf(flow(kind, idempotency)).filter((error) => !error.startsWith("FC3007"))).toEqual(comes ? [] : ["FC5019@6"]);
});

import type { Diagnostic } from "../../../src/core/diagnostic.js";
import type { CheckedFlow } from "../../../src/compiler/types/checked.js";
import { checkDocument } from "../../../src/compiler/types/check.js";
import { load } from "../../../src/compiler/names/load.js";

export interface Problem {
  /** `FC3001@8`: code and line; in another file than the flow's: `FC3001@lib.yaml:3`. */
  readonly at: string;
  readonly message: string;
  readonly hint: string;
  /** The text that is underlined. */
  readonly text: string;
}

export interface Checked {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Of the documents of the flow file, libraries left out. */
  readonly flows: readonly (CheckedFlow | null)[];
}

/** Names and types of a flow file given as text; `files` stand beside it. */
export function checkText(text: string, files: Readonly<Record<string, string>> = {}, project: readonly string[] = []): Checked {
  const read = (path: string): string | null => (path === "flow.yaml" ? text : Object.hasOwn(files, path) ? (files[path] ?? null) : null);
  const loaded = load(["flow.yaml"], read, project);
  const results = loaded.documents.map((document) => ({ document, result: checkDocument(document, loaded.world) }));
  const sources = loaded.sources();
  const show = ({ code, span, message, hint }: Diagnostic): Problem => {
    const source = sources.get(span.file)?.text ?? "";
    const line = source.slice(0, span.start).split("\n").length;
    return { at: `${code}@${span.file === "flow.yaml" ? "" : `${span.file}:`}${line}`, message, hint: hint ?? "", text: source.slice(span.start, span.end) };
  };
  const all = [...loaded.diagnostics(), ...results.flatMap(({ result }) => result.diagnostics)].sort((a, b) => a.span.start - b.span.start);
  return {
    errors: all.filter(({ severity }) => severity === "error").map(show),
    warnings: all.filter(({ severity }) => severity === "warning").map(show),
    flows: results.filter(({ document }) => document.file.flow !== undefined).map(({ result }) => result.checked),
  };
}

export const errorsOf = (text: string, files?: Readonly<Record<string, string>>): readonly string[] => checkText(text, files).errors.map(({ at }) => at);

/** Types, tools and agents that the flows of these tests share. */
export const SHARED = `flowctl: v1
types:
  Item:  { fields: { sku: string, qty: integer } }
  Order: { fields: { id: string, total: number, note: string?, kind: web | shop | phone, items: "Item[]" } }
  Text:  { fields: { text: string } }
  Verdict: { fields: { ok: boolean, reason: string? } }
models: { fast: { provider: openai, model: gpt-4o-mini } }
tools:
  fetch:  { http: { method: GET, url: "https://api.example.com/fetch" }, input: { fields: { q: string } }, output: Text }
  lookup: { http: { method: GET, url: "https://api.example.com/orders" }, input: { fields: { id: string } }, output: Order }
  ping:   { http: { method: POST, url: "https://api.example.com/ping" }, input: { fields: { id: string } }, idempotency: header }
  pay:
    http: { method: POST, url: "https://pay.example.com/charges" }
    input: { fields: { amount: number } }
    output: { fields: { receipt: string } }
    idempotency: header
    errors: { declined: { status: [402], type: Verdict }, locked: { status: [423] } }
agents:
  writer:  { model: fast, instructions: "Write about \${input.q}", input: { fields: { q: string, context: string? } }, output: Text }
  checker: { model: fast, instructions: "Judge \${input.text}", input: Text, output: Verdict }
  talker:  { model: fast, instructions: Talk., input: Text }
`;

/** A flow over the shared library: `input: Order`, then these lines from line 5 on. */
export const flowOf = (rest: string, input = "Order"): string => `flowctl: v1\nflow: sample\nuse: [./shared.yaml]\ninput: ${input}\n${rest}`;
export const checkFlowText = (rest: string, input?: string): Checked => checkText(flowOf(rest, input), { "shared.yaml": SHARED });

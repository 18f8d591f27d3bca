// Validate of a long flow, in process and warm: against itself at a tenth of the steps, and against its YAML alone.
import { LineCounter, parseDocument } from "yaml";
import { compile } from "../flowctl.mjs";

const head = `flowctl: v1
flow: long
types:
  Order: { fields: { id: string, total: number, tags: "string[]" } }
  Receipt: { fields: { ok: boolean, id: string } }
tools:
  book: { http: { method: POST, url: "https://example.com/book" }, input: Order, output: Receipt, effect: read }
on: { manual: {} }
input: Order
steps:
`;
const kinds = [
  (at) => `  - id: a${at}\n    set: { id: "\${input.id}", total: "\${input.total * ${at} + 1}", tags: "\${input.tags}" }\n`,
  (at) => `  - id: b${at}\n    tool: book\n    with: "\${steps.a${at - 1}}"\n`,
  (at) => `  - id: c${at}\n    set: "order \${steps.b${at - 1}.id} is \${steps.b${at - 1}.ok ? 'booked' : 'open'}"\n`,
  (at) => `  - id: d${at}\n    set: "\${input.tags.filter(tag, tag.startsWith('a') && size(tag) > ${at})}"\n`,
];
const flow = (count) => head + Array.from({ length: count }, (_, at) => kinds[at % 4](at)).join("");
const long = flow(1000);
const short = flow(100);

/** Median ms of several times. */
function time(act, times) {
  const all = Array.from({ length: times }, () => {
    const began = performance.now();
    act();
    return performance.now() - began;
  });
  return all.sort((a, b) => a - b)[times >> 1];
}

const validate = (text) => () => {
  const { flows, diagnostics } = compile({ entries: [{ path: "long.yaml", text }], read: () => null });
  if (!flows[0]?.plan) throw new Error(diagnostics.slice(0, 5).map(({ code, message }) => `${code} ${message}`).join("\n"));
};
const parse = () => {
  if (parseDocument(long, { lineCounter: new LineCounter() }).errors.length > 0) throw new Error("broken YAML");
};

export const cases = [
  { name: "validate of 1,000 steps against 100", unit: "ms", goal: { atMost: 12 }, rounds: 5, ours: async (warm) => time(validate(long), warm ? 15 : 7), baseline: async (warm) => time(validate(short), warm ? 100 : 31) },
  { name: "validate of 1,000 steps against parsing its YAML", unit: "ms", goal: { atMost: 3 }, rounds: 5, ours: async () => time(validate(long), 7), baseline: async (warm) => time(parse, warm ? 15 : 7) },
];

import { StepError } from "../../src/core/errors.js";
import { isJsonObject, type Json } from "../../src/core/json.js";
import type { ModelAnswer } from "../../src/core/ports/model.js";
import type { Behaviour } from "./outside.js";
import { flow, NUMBER, type Scenario } from "./scenario.js";

const n = (input: Json): number => (isJsonObject(input) ? Number(input["n"]) : 0);
const echo = (input: Json): Json => ({ n: n(input) });
const plusOne = (input: Json): Json => ({ n: n(input) + 1 });

const TOOLS: Behaviour["tools"] = {
  r: plusOne,
  slow: plusOne,
  away(input, { nth }) {
    if (nth <= 2) throw new StepError("unavailable", "away");
    return plusOne(input);
  },
  bad() {
    throw new StepError("nope", "no");
  },
  k(input) {
    if (n(input) < 0) throw new StepError("nope", "no");
    return plusOne(input);
  },
  u: plusOne,
  c: plusOne,
  busy(input, { nth }) {
    if (nth <= 2) throw new StepError("rate_limit", "slow down");
    return plusOne(input);
  },
  h: plusOne,
  w1h: plusOne,
  f: plusOne,
  // What it is given may be the time; what it says is not.
  at: () => ({ n: 1 }),
  gone() {
    throw new StepError("unavailable", "gone");
  },
  late: plusOne,
  native: plusOne,
  none: plusOne,
  told: plusOne,
  happened(input, { outside }) {
    const effect = isJsonObject(input) ? outside.effects.get(String(input["key"])) : undefined;
    return effect === undefined ? { happened: false, output: echo(input) } : { happened: true, output: effect.output };
  },
};
const ask = (...names: readonly (readonly [name: string, args: Json])[]): Partial<ModelAnswer> => ({ toolCalls: names.map(([name, args], index) => ({ id: `c${index}`, name, args })) });
const MODELS: Behaviour["models"] = {
  thinker({ turn, input }) {
    if (turn === 0) return ask(["r", { n: n(input) }], ["k", { n: 7 }]);
    if (turn === 1) return ask(["bad", { n: 1 }]);
    if (turn === 2) return "hm";
    return JSON.stringify({ n: n(input) * 10 });
  },
  faller({ model, input }) {
    if (model === "m") throw new StepError("unavailable", "away");
    return `${model} ${n(input)}`;
  },
  doer({ turn, input }) {
    return turn === 0 ? ask(["c", { n: n(input) }], ["c", { n: n(input) + 1 }], ["r", { n: 1 }]) : JSON.stringify({ n: 1 });
  },
  talker({ nth, input }) {
    if (nth <= 2) throw new StepError("rate_limit", "slow down", { retryAfterMs: 2_000 });
    return `said ${n(input)}`;
  },
};
export const BEHAVIOUR: Behaviour = { tools: TOOLS, takes: { slow: 60_000, late: 60_000 }, models: MODELS };
const AGENTS = `models: { m: { provider: scripted, model: s, answers: {} }, other: { provider: scripted, model: o, answers: {} } }
agents:
  thinker: { model: m, instructions: "Think of \${input.n}", input: ${NUMBER}, output: ${NUMBER}, tools: [r, k, bad], repair: 2, limits: { turns: 8 } }
  faller: { model: [m, other], instructions: "Say \${input.n}", input: ${NUMBER} }
  doer: { model: m, instructions: "Do \${input.n}", input: ${NUMBER}, output: ${NUMBER}, tools: [c, r] }
  talker: { model: m, instructions: "Say \${input.n}", input: ${NUMBER} }`;

const one = [{ topic: "in", body: { n: 3 } }] as const;
const scenario = (name: string, text: string, more: Partial<Scenario> = {}): Scenario => ({ name, text, behaviour: BEHAVIOUR, messages: one, ...more });

/** A write in a saga, and what undoes it. */
const undoable = (id: string, tool: string, n: string, more = ""): string => `{ id: ${id}, tool: ${tool}, with: { n: ${n} }, compensate: { tool: u, with: { n: "\${output.n + 100}" } }${more} }`;
const FAILS = "{ id: fails, tool: k, with: { n: -1 }, compensate: { set: 1 } }";

/** Together they use every kind of step that is built. */
export const SCENARIOS: readonly Scenario[] = [
  scenario("requests", flow(`- { id: a, tool: k, with: "\${input}" }\n- { id: ok, when: input.n > 5, ask: { question: "Go on?", output: { fields: { approved: boolean } } } }\n- { when: input.n > 8, fail: { code: big, message: "\${input.n} is big" } }\n- { id: b, tool: none, with: { n: "\${steps.a.n}" } }`, 'on: { http: { method: POST, path: "/n/{n}" } }\ninput: In'), {
    messages: [],
    requests: [3, 6, 9].map((n) => ({ method: "POST", path: `/n/${n}`, body: {}, key: `k${n}` })),
    answers: { ok: { approved: true } },
    ends: ["completed", "failed"],
  }),
  // The tick comes while the message's run is under way, and makes one of its own.
  scenario("a schedule beside a topic", flow("- { id: a, tool: slow, with: \"${input}\" }\n- { id: b, tool: k, with: { n: \"${steps.a.n}\" } }", 'on: [ in, { schedule: "50 0 0 1 1 *", with: { n: 40 } } ]\ninput: In')),
  scenario("pure: where, emit, a message that does not fit", flow(`- { id: a, set: { n: "\${input.n * 2}" } }\n- { emit: out, with: "\${steps.a}" }`, "on: { topic: in, where: msg.n > 0 }"), {
    messages: [1, 0, 2, -1, 3].map((n) => ({ topic: "in", body: { n }, key: `k${n}` })).concat([{ topic: "in", body: { n: NaN }, key: "k" }]),
    emits: 4,
  }),
  scenario("pure: dedupe", flow(`- { emit: out, with: "\${input}" }`, "on: { topic: in, dedupe: { key: string(msg.n), ttl: 24h } }"), { messages: [1, 1, 2, 2, 1].map((n) => ({ topic: "in", body: { n }, key: "k" })), emits: 2 }),
  scenario(
    "pure, then journaled: one flow's messages are another's",
    `${flow(`- { emit: out, with: "\${input}" }`)}---
flowctl: v1
flow: g
topics: { out: { message: ${NUMBER} }, end: { message: ${NUMBER} } }
tools: { k: { module: ./tools.ts#k, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key } }
on: { topic: out, ordering: key }
steps: [ { id: k, tool: k }, { emit: end, with: "\${steps.k}" } ]
`,
    { messages: [1, 2, 3].map((n) => ({ topic: "in", body: { n }, key: "k" })), emits: 6 },
  ),
  scenario("a chain of pure steps, reads, writes and emits", flow(`
- { id: a, set: "\${input.n + 1}" }
- { id: b, tool: r, with: { n: "\${steps.a}" } }
- { emit: out, with: "\${steps.b}" }
- { id: c, tool: k, with: { n: "\${steps.b.n}" } }
- { id: s, when: input.n > 100, set: 1 }
- { id: d, tool: k, with: { n: "\${steps.c.n + 1}" } }
- { emit: out, with: "\${steps.d}" }`, `value: "\${steps.d}"`), { emits: 2 }),
  scenario("each form of idempotency", flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: b, tool: h, with: { n: 2 } }
- { id: c, tool: w1h, with: { n: 3 } }
- { id: d, tool: f, with: { n: 4 } }
- { id: e, tool: native, with: { n: 5 } }
- { id: g, tool: k, with: { n: 6 }, key: "own-\${input.n}" }`, `value: "\${steps.e}"`)),
  scenario("a write that nothing makes repeatable", flow(`
- { id: a, tool: r, with: { n: 1 } }
- { id: b, tool: none, with: { n: "\${steps.a.n}" } }
- { id: c, tool: k, with: { n: "\${steps.b.n}" } }`, `value: "\${steps.c}"`)),
  scenario("a write that can be verified", flow(`
- { id: a, tool: told, with: { n: 4 }, on_unknown: verify }
- { id: b, tool: told, with: { n: "\${steps.a.n}" }, on_unknown: verify }
- { emit: out, with: "\${steps.b}" }`, `value: "\${steps.b}"`), { emits: 1 }),
  scenario("a write whose outcome stops for a person", flow(`
- { id: a, tool: k, with: { n: 4 }, on_unknown: fail }
- { id: b, tool: k, with: { n: "\${steps.a.n}" }, on_unknown: retry }`, `value: "\${steps.b}"`)),
  scenario("a switch, its case and what is behind it", flow(`
- { id: a, tool: r, with: { n: "\${input.n}" } }
- id: gate
  switch:
    - { when: steps.a.n > 3, do: [ { set: 1 }, { id: inside, tool: k, with: { n: 2 } } ] }
    - else: { value: { n: 0 } }
- { id: b, tool: k, with: { n: "\${steps.gate.n}" } }`, `value: "\${steps.b}"`), { messages: [1, 3].map((n) => ({ topic: "in", body: { n } })) }),
  scenario("parallel, all: branches after one another", flow(`
- id: fan
  parallel: { rest: finish }
  branches:
    one: [ { tool: k, with: { n: 1 } } ]
    two: { after: [one], do: [ { tool: k, with: { n: "\${branches.one.n + 1}" } }, { emit: out, with: { n: 2 } } ], value: { n: 5 } }
    three: [ { tool: r, with: { n: 9 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.two.n}" } }`, `value: "\${steps.z}"`), { emits: 1 }),
  scenario("parallel, all: the first failure cancels the rest", flow(`
- id: fan
  parallel: {}
  branches:
    one: [ { id: bad, tool: bad, with: { n: 1 } } ]
    two: [ { id: slow, tool: slow, with: { n: 2 } }, { set: 2 } ]
  catch: [ { on: [nope], do: [ { id: undo, tool: k, with: { n: 7 } } ], value: { one: { n: 1 }, two: 2 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.two}" } }`, `value: "\${steps.z}"`)),
  scenario("parallel, any of two reads", flow(`
- id: fan
  parallel: { join: any }
  branches:
    one: [ { id: slow, tool: slow, with: { n: 1 } }, { id: later, tool: r, with: { n: 5 } } ]
    two: [ { id: quick, tool: r, with: { n: 2 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.all[0].n}" } }`, `value: "\${steps.z}"`)),
  scenario("parallel, two of three", flow(`
- id: fan
  parallel: { join: 2 }
  branches:
    one: [ { id: slow, tool: slow, with: { n: 1 } } ]
    two: [ { id: quick, tool: r, with: { n: 2 } } ]
    three: [ { id: away, tool: away, with: { n: 3 }, policy: fast } ]
- { id: z, tool: k, with: { n: "\${steps.fan.all[1].n}" } }`, `value: "\${steps.z}"`)),
  scenario("parallel, as many as an expression says", flow(`
- id: fan
  parallel: { join: "int(input.n - 2)", rest: finish }
  branches:
    one: [ { id: a, tool: k, with: { n: 1 } } ]
    two: [ { id: b, tool: slow, with: { n: 2 } }, { id: c, tool: k, with: { n: 3 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.all[0].n}" } }`, `value: "\${steps.z}"`)),
  scenario("parallel, settled, with one that fails", flow(`
- id: fan
  parallel: { join: settled }
  branches:
    one: [ { id: bad, tool: bad, with: { n: 1 } } ]
    two: [ { tool: k, with: { n: 2 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.ok.?two.orValue({'n': 0}).n}" } }`, `value: "\${steps.z}"`)),
  scenario("a map of writes and emits", flow(`
- id: all
  map: { over: "[1, 2, 3, 4]", as: x, concurrency: 2, rest: finish }
  do: [ { id: q, tool: k, with: { n: "\${x}" } }, { emit: out, with: "\${steps.q}" }, { id: p, set: "\${steps.q.n * 2}" } ]
- { id: z, tool: k, with: { n: "\${sum(steps.all)}" } }`, `value: "\${steps.z}"`), { emits: 4 }),
  scenario("the rest of joins finishes: in a case, in a pass, behind a failure, and beside the flow", flow(`
- id: gate
  switch:
    - when: input.n > 0
      do: [ { id: one, map: { over: "[1, 2, 3]", as: x, join: any, rest: finish, concurrency: 2 }, do: [ { when: x > 1, id: s, tool: slow, with: { n: 1 } }, { id: a, tool: k, with: { n: "\${x}" } }, { emit: out, with: "\${steps.a}" } ] } ]
- id: fold
  loop: { init: 0, max: 2, on_max: stop }
  do: [ { id: two, parallel: { join: any, rest: finish }, branches: { p: [ { id: c, tool: k, with: { n: 2 } } ], q: [ { id: d, tool: slow, with: { n: 5 } }, { id: g, tool: k, with: { n: 5 } } ] } } ]
  value: "\${state + 1}"
- { id: three, map: { over: "[5, -1, 3, 4]", as: x, rest: finish, concurrency: 2 }, do: [ { when: x > 0, id: t, tool: slow, with: { n: 1 } }, { id: e, tool: k, with: { n: "\${x}" } } ], catch: [ { on: any, value: "\${[]}" } ] }
- { id: four, map: { over: "[5, -1, -1, 4]", as: x, join: 3, rest: finish, concurrency: 3 }, do: [ { when: x > 0, id: v, tool: slow, with: { n: 1 } }, { id: f, tool: k, with: { n: "\${x}" } } ], catch: [ { on: any, value: { winner: 0, all: [] } } ] }
- { id: z, tool: k, with: { n: "\${steps.fold}" } }`, `value: "\${steps.z}"`), { emits: 2 }),
  scenario("a loop, and its catch", flow(`
- id: fold
  loop: { init: 0, max: 3 }
  do: [ { id: q, tool: k, with: { n: "\${state}" } }, { emit: out, with: "\${steps.q}" } ]
  value: "\${steps.q.n}"
  catch: [ { on: [exhausted], do: [ { id: over, tool: k, with: { n: "\${state * 100}" } } ], value: "\${state}" } ]
- id: until
  loop: { init: 0, until: state > 3, max: 9 }
  do: [ { id: u, tool: r, with: { n: "\${state}" } } ]
  value: "\${steps.u.n}"
- { id: z, tool: k, with: { n: "\${steps.fold + steps.until}" } }`, `value: "\${steps.z}"`), { emits: 3 }),
  scenario(
    "a call of another flow, in this run",
    `${flow(`- { id: c, call: sub, with: { n: "\${input.n}" } }\n- { id: z, tool: k, with: { n: "\${steps.c.n}" } }`, `value: "\${steps.z}"`)}---
flowctl: v1
flow: sub
input: ${NUMBER}
output: ${NUMBER}
topics: { sub.out: { message: ${NUMBER} } }
tools: { k: { module: ./tools.ts#k, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key } }
on: { manual: {} }
steps: [ { id: pay, tool: k }, { emit: sub.out, with: "\${steps.pay}" } ]
value: { n: "\${steps.pay.n}" }
`,
    { emits: 1 },
  ),
  scenario("an agent: tools, a bad answer, a repair", flow(`
- { id: a, agent: thinker }
- { emit: out, with: "\${steps.a}" }
- { id: z, tool: k, with: { n: "\${steps.a.n}" }, trust: model }`, `${AGENTS}\nvalue: "\${steps.z}"\nbudget: { usd: 100, tokens: 10000000 }`), { emits: 1 }),
  scenario("agents side by side, a model that is busy", flow(`
- id: fan
  parallel: { rest: finish }
  branches:
    one: [ { id: t, agent: thinker } ]
    two: [ { id: s, agent: talker } ]
- { id: z, tool: k, with: { n: "\${steps.fan.one.n}" }, trust: model }`, `${AGENTS}\nvalue: "\${steps.fan.two}"`)),
  scenario("asks: a person answers", flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: q, ask: { question: "ok?", output: ${NUMBER} } }
- { emit: out, with: "\${steps.q}" }
- { id: b, tool: k, with: { n: "\${steps.q.n}" } }`, `value: "\${steps.b}"`), { answers: { q: { n: 41 } }, emits: 1 }),
  scenario("asks: time answers", flow(`
- { id: late, ask: { question: "ok?", output: ${NUMBER}, timeout: 10m, on_timeout: { n: 5 } } }
- { id: b, tool: k, with: { n: "\${steps.late.n}" } }
- { id: never, ask: { question: "ok?", output: ${NUMBER}, default: { n: 1 }, timeout: 20m }, catch: [ { on: [timeout], value: { n: 9 } } ] }
- { id: c, tool: k, with: { n: "\${steps.never.n}" } }`, `value: "\${steps.c}"`)),
  scenario("retries, short and long", flow(`
- { id: a, tool: away, with: { n: 1 }, policy: fast }
- { id: b, tool: busy, with: { n: "\${steps.a.n}" }, policy: fast }
- { id: c, tool: away, with: { n: "\${steps.b.n}" }, policy: long }
- { id: d, tool: busy, with: { n: "\${steps.c.n}" }, policy: long }`, `value: "\${steps.d}"`)),
  scenario("a failure and the step's catch", flow(`
- { id: a, tool: k, with: { n: -2 }, catch: [ { on: [nope], do: [ { id: undo, tool: k, with: { n: 7 } } ] } ] }
- { id: b, tool: k, with: { n: "\${steps.a.n}" } }`, `value: "\${steps.b}"`)),
  scenario("a failure and the block's catch", flow(`
- id: gate
  switch:
    - { when: input.n > 0, do: [ { id: w, tool: k, with: { n: 1 } }, { id: x, tool: bad, with: { n: 1 } } ], catch: [ { on: [nope], do: [ { id: y, tool: k, with: { n: 8 } } ] } ] }
    - else: { value: { n: 1 } }
- { id: z, tool: k, with: { n: "\${steps.gate.n}" } }`, `value: "\${steps.z}"`)),
  scenario("a failure and the flow's catch", flow(`- { id: a, tool: k, with: { n: 1 } }\n- { id: b, tool: k, with: { n: -2 } }`, `output: ${NUMBER}\ncatch: [ { on: [nope], do: [ { id: undo, tool: k, with: { n: 7 } } ] } ]\nvalue: { n: 0 }`)),
  scenario("a failure that nothing catches: a dead letter", flow(`- { id: a, tool: k, with: { n: 1 } }\n- { id: b, tool: bad, with: { n: 1 } }`), { ends: "failed", emits: 1 }),
  scenario("a failure of the flow's own", flow(`- { id: a, tool: k, with: { n: 1 } }\n- { when: steps.a.n > 1, fail: { code: own, message: "no" } }\n- { id: b, tool: k, with: { n: 2 } }`), { ends: "failed" }),
  scenario("a return from a branch", flow(`
- id: fan
  parallel: {}
  branches:
    one: [ { id: a, tool: r, with: { n: 1 } }, { return: { n: "\${steps.a.n}" } } ]
    two: [ { id: b, tool: slow, with: { n: 2 } }, { id: c, tool: r, with: { n: 5 } } ]
- { id: z, tool: k, with: { n: 4 } }`, `output: ${NUMBER}\nvalue: { n: 0 }`)),
  scenario("a step's timeout", flow(`
- { id: a, tool: slow, with: { n: 1 }, timeout: 10s, catch: [ { on: [timeout], value: { n: 2 } } ] }
- { id: b, tool: k, with: { n: "\${steps.a.n}" } }`, `value: "\${steps.b}"`)),
  scenario("the flow's timeout, around an ask", flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: q, ask: { question: "ok?", output: ${NUMBER} } }
- { id: b, tool: k, with: { n: "\${steps.q.n}" } }`, `output: ${NUMBER}\ntimeout: 15m\ncatch: [ { on: [timeout], do: [ { id: over, tool: k, with: { n: 9 } } ] } ]\nvalue: "\${steps.b}"`)),
  scenario("a journaled flow with dedupe", flow(`- { id: a, tool: k, with: "\${input}" }\n- { emit: out, with: "\${steps.a}" }`, "on: { topic: in, dedupe: { key: string(msg.n), ttl: 24h } }"), { messages: [1, 1, 2, 2, 1].map((n) => ({ topic: "in", body: { n }, key: "k" })), emits: 2 }),
  scenario("lanes: one at a time per key", flow(`- { id: a, tool: busy, with: "\${input}", policy: fast }\n- { id: b, tool: r, with: "\${steps.a}" }\n- { emit: out, with: "\${steps.b}" }`, "on: { topic: in, ordering: key }"), { messages: [1, 2, 3, 4, 5].map((n) => ({ topic: "in", body: { n }, key: `k${n % 2}` })), emits: 5 }),
  scenario("lanes that a parked run leaves", flow(`- { id: a, tool: k, with: "\${input}" }\n- { id: q, ask: { question: "ok?", output: ${NUMBER}, timeout: 10m, on_timeout: { n: 3 } } }\n- { emit: out, with: "\${steps.q}" }`, "on: { topic: in, ordering: { by: key, release: parked } }"), { messages: [1, 2, 3].map((n) => ({ topic: "in", body: { n }, key: "k" })), emits: 3 }),
  scenario("one at a time", flow(`- { id: a, tool: away, with: "\${input}", policy: fast }\n- { id: b, tool: k, with: "\${steps.a}" }`, "on: { topic: in, concurrency: 1 }"), { messages: [1, 2, 3].map((n) => ({ topic: "in", body: { n }, key: `k${n}` })) }),
  scenario("what each attempt and each process calls now", flow(`
- { id: a, tool: at, with: { n: "\${run.now.getMilliseconds()}" } }
- { id: p, set: "\${run.now > run.started}" }
- { id: b, tool: at, with: { n: "\${run.now.getMilliseconds() + run.now.getSeconds()}" } }
- { id: c, tool: r, with: { n: "\${steps.b.n}" } }
- { id: d, tool: at, with: { n: "\${run.now.getMilliseconds()}" }, when: "run.now >= run.started" }`, `value: "\${steps.c}"`)),
  scenario("a breaker that opens", flow(`
- { id: a, tool: gone, with: { n: 1 }, policy: broken, catch: [ { on: [unavailable], value: { n: 4 } } ] }
- { id: b, tool: k, with: { n: "\${steps.a.n}" } }`, `value: "\${steps.b}"`), { spare: 1 }),
  scenario("a write whose every attempt is late", flow(`
- { id: a, tool: late, with: { n: 1 }, policy: hasty, catch: [ { on: [timeout], value: { n: 4 } } ] }
- { id: b, tool: k, with: { n: "\${steps.a.n}" } }`, `value: "\${steps.b}"`)),
  scenario("a block's timeout, around a read and a retry", flow(`
- id: gate
  switch:
    - { when: input.n > 0, do: [ { id: w, tool: k, with: { n: 1 } }, { id: x, tool: slow, with: { n: 1 }, policy: fast } ], timeout: 20s, catch: [ { on: [timeout], do: [ { id: y, tool: k, with: { n: 8 } } ] } ] }
    - else: { value: { n: 1 } }
- { id: z, tool: k, with: { n: "\${steps.gate.n}" } }`, `value: "\${steps.z}"`)),
  scenario("a map of which one is enough, one that settles", flow(`
- id: some
  map: { over: "[1, 2, 3]", as: x, join: any }
  do: [ { id: q, tool: r, with: { n: "\${x}" } } ]
- id: all
  map: { over: "[1, -5, 3]", as: x, join: settled, rest: finish }
  do: [ { id: w, tool: k, with: { n: "\${x}" } } ]
- { id: z, tool: k, with: { n: "\${size(steps.some.all) + size(steps.all.ok)}" } }`, `value: "\${steps.z}"`)),
  scenario("blocks in blocks: a loop in a map in a branch, beside asks", flow(`
- id: fan
  parallel: { rest: finish }
  branches:
    one:
      - id: all
        map: { over: "[1, 2]", as: x, rest: finish }
        do:
          - id: fold
            loop: { init: 0, over: "[1, 2]", as: y, max: 5 }
            do: [ { id: q, tool: k, with: { n: "\${state + x + y}" } }, { emit: out, with: "\${steps.q}" } ]
            value: "\${steps.q.n}"
    two: [ { id: first, ask: { question: "ok?", output: ${NUMBER} } }, { id: w, tool: k, with: "\${steps.first}" } ]
    three: [ { id: late, ask: { question: "ok?", output: ${NUMBER}, timeout: 10m, on_timeout: { n: 5 } } }, { id: v, tool: k, with: "\${steps.late}" } ]
- { id: z, tool: k, with: { n: "\${sum(steps.fan.one)}" } }`, `value: "\${steps.z}"`), { answers: { "fan/first": { n: 3 } }, emits: 4 }),
  scenario("asks in every item of a map", flow(`
- id: all
  map: { over: "[1, 2, 3]", as: x, rest: finish }
  do: [ { id: q, ask: { question: "ok?", output: ${NUMBER}, timeout: 10m, on_timeout: { n: 5 } } }, { id: w, tool: k, with: { n: "\${steps.q.n + x}" } } ]
- { emit: out, with: { n: "\${size(steps.all)}" } }`, `value: "\${steps.all}"`), { emits: 1 }),
  scenario("a saga that is undone: steps, an emit, a called flow, a saga inside", `${flow(`
- id: s
  saga: {}
  do:
    - ${undoable("a", "k", "1")}
    - { emit: out, with: { n: 2 }, compensate: { emit: out, with: { n: "\${-output.n}" } } }
    - { id: sub, call: g, with: { n: 3 } }
    - { id: inner, saga: {}, do: [ ${undoable("b", "k", "4")}, { id: both, tool: k, with: { n: 5 }, compensate: { do: [ { tool: u, with: { n: 6 } }, { id: two, tool: u, with: { n: "\${output.n + input.n}" } } ] } } ] }
    - ${FAILS}`, "on: in")}---
flowctl: v1
flow: g
input: ${NUMBER}
tools: { k: { module: ./tools.ts#k, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key, errors: { nope: {} } }, u: { module: ./tools.ts#u, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key } }
steps: [ { id: p, tool: k, compensate: { tool: u, with: { n: "\${input.n * 10}" } } } ]
`, { ends: "compensated", emits: 2 }),
  scenario("a saga whose failure is caught, over items and passes", flow(`
- id: s
  saga: {}
  do:
    - map: { over: "[1, 2, 3]", as: x, rest: finish }
      do: [ ${undoable("m", "k", '"${x}"')} ]
    - loop: { init: { n: 0 }, max: 2, until: state.n > 1 }
      do: [ ${undoable("l", "h", '"${state.n}"')} ]
      value: { n: "\${state.n + 1}" }
    - ${FAILS}
  catch: [ { on: [compensated], do: [ { id: told, tool: k, with: { n: 50 } } ] } ]
- { id: z, tool: k, with: { n: 60 } }`, `value: "\${steps.z}"`)),
  scenario("a saga of each form of idempotency, undone", flow(`
- id: s
  saga: {}
  do:
    - ${undoable("a", "h", "1")}
    - ${undoable("b", "f", "2")}
    - ${undoable("c1", "native", "3")}
    - ${undoable("d", "told", "4", ", on_unknown: verify")}
    - ${undoable("e", "none", "5")}
    - { id: g, tool: k, with: { n: 6 }, compensate: { tool: none, with: { n: "\${output.n}" } } }
    - ${FAILS}`), { ends: "compensated" }),
  scenario("a saga with a pivot, and what goes through behind it", flow(`
- id: s
  saga: {}
  do:
    - ${undoable("a", "k", "1")}
    - { id: inner, saga: {}, do: [ ${undoable("b", "k", "2")}, { id: p, tool: k, with: { n: 3 }, pivot: true }, { id: t, tool: busy, with: { n: 4 } } ] }
    - { id: v, tool: away, with: { n: 5 } }
    - { id: w, tool: k, with: { n: "\${steps.v.n}" } }
- { id: z, tool: k, with: { n: 7 } }`, `value: "\${steps.z}"`)),
  scenario("a pivot that fails", flow(`
- id: s
  saga: {}
  do:
    - ${undoable("a", "k", "1")}
    - ${undoable("b", "k", "2")}
    - { id: p, tool: k, with: { n: -3 }, pivot: true }`), { ends: "compensated" }),
  scenario("a saga that waits for a person, whom nobody answers", flow(`
- id: s
  saga: { timeout: 15m }
  do:
    - ${undoable("a", "k", "1")}
    - { id: q, ask: { question: "ok?", output: ${NUMBER} } }
    - ${undoable("b", "k", '"${steps.q.n}"')}`), { ends: "compensated" }),
  scenario("a saga that a person cancels, and an undo that asks one", flow(`
- id: s
  saga: {}
  do:
    - { id: a, tool: k, with: { n: 1 }, compensate: [ { id: sure, ask: { question: "Undo?", output: ${NUMBER} } }, { tool: u, with: { n: "\${steps.sure.n}" } } ] }
    - ${undoable("b", "k", "2")}
    - { id: q, ask: { question: "ok?", output: ${NUMBER} } }`), { cancels: ["s/q"], answers: { "s/a!undo/sure": { n: 8 } }, ends: "cancelled" }),
  scenario("the losers of a join are undone, in a saga that fails later", flow(`
- id: s
  saga: {}
  do:
    - ${undoable("a", "k", "1")}
    - id: j
      parallel: { join: any }
      branches:
        x: [ ${undoable("x1", "k", "2")}, { id: s1, tool: slow, with: { n: 1 } }, { id: s2, tool: slow, with: { n: 2 } } ]
        y: [ { id: s3, tool: slow, with: { n: 3 } }, ${undoable("y1", "k", "4")} ]
    - ${FAILS}`), { ends: "compensated" }),
  scenario("a join that fails in a saga", flow(`
- id: s
  saga: {}
  do:
    - ${undoable("a", "k", "1")}
    - id: j
      parallel: {}
      branches:
        x: [ ${undoable("x1", "k", "2")}, { id: s1, tool: slow, with: { n: 1 } }, { id: s2, tool: slow, with: { n: 2 } } ]
        y: [ { id: s3, tool: slow, with: { n: 3 } }, ${FAILS} ]`), { ends: "compensated" }),
  scenario("an agent's writes in a saga", flow(`
- id: s
  saga: {}
  do:
    - { id: a, agent: doer, with: { n: 20 }, trust: model }
    - ${FAILS}`, AGENTS), { ends: "compensated" }),
  scenario("waits for times, long, short and past, in every item of a map", flow(`
- { id: a, wait: 10m }
- { id: b, tool: k, with: { n: 1 } }
- { id: c, wait: 2s }
- { id: d, wait: "\${timestamp('2020-01-01T00:00:00Z')}" }
- { id: e, wait: "\${run.started + duration('1h')}" }
- id: all
  map: { over: "[1, 2, 3]", as: x, rest: finish }
  do: [ { wait: "\${run.now + duration('10m')}" }, { id: w, tool: k, with: { n: "\${x}" } } ]
- { id: f, wait: 1h, timeout: 10m, catch: [ { on: [timeout], do: [ { id: y, tool: k, with: { n: 8 } } ] } ] }
- { emit: out, with: { n: "\${size(steps.all)}" } }`, `value: "\${steps.all}"`), { emits: 1 }),
  scenario("waits for signals: early and late ones, two of a name, one that does not come", flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: b, wait: { signal: go, type: ${NUMBER} } }
- { id: c, tool: k, with: { n: "\${steps.b.n}" } }
- { id: d, wait: { signal: go, type: ${NUMBER} } }
- { id: e, tool: k, with: { n: "\${steps.d.n}" } }
- { id: f, wait: { signal: late, type: ${NUMBER} } }
- { emit: out, with: "\${steps.f}" }
- { id: g, wait: { signal: never, type: ${NUMBER} }, timeout: 10m, catch: [ { on: [timeout], value: { n: 6 } } ] }
- { id: h, tool: k, with: { n: "\${steps.g.n + steps.e.n}" } }`, `value: "\${steps.h}"`), { early: [{ name: "go", payload: { n: 20 } }, { name: "go", payload: { n: 30 } }], signals: { late: { n: 40 } }, emits: 1 }),
  scenario("waits for signals side by side", flow(`
- id: fan
  parallel: { rest: finish }
  branches:
    one: [ { id: p, wait: { signal: p, type: ${NUMBER} } }, { id: v, tool: k, with: "\${steps.p}" } ]
    two: [ { id: q, wait: { signal: q, type: ${NUMBER} } }, { id: w, tool: k, with: "\${steps.q}" } ]
    three: [ { wait: 10m }, { id: x, tool: k, with: { n: 3 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.one.n + steps.fan.two.n}" } }`, `value: "\${steps.z}"`), { signals: { p: { n: 4 }, q: { n: 5 } } }),
  scenario(
    "waits for messages: a reply before the step and at it, one by a wait in a branch, two waiters for one message",
    `${flow(`
- { id: a, tool: k, with: { n: 1 } }
- { emit: out, with: "\${steps.a}" }
- { id: s, tool: slow, with: { n: 1 } }
- id: gate
  switch:
    - { when: steps.s.n > 0, do: [ { id: b, wait: { topic: reply, key: "\${string(steps.a.n)}" } } ] }
- { id: c, tool: k, with: { n: 2 } }
- { emit: out, with: "\${steps.c}" }
- id: fan
  parallel: { rest: finish }
  branches:
    one: [ { id: d, wait: { topic: reply, key: "\${string(steps.c.n)}", where: msg.n > 0, since: run } } ]
    two: [ { wait: 10m }, { id: e, wait: { topic: reply, key: "\${string(steps.c.n)}" } } ]
- { id: f, wait: { topic: reply, key: nobody }, timeout: 10m, catch: [ { on: [timeout], value: { n: 6 } } ] }
- { id: many, wait: { topic: reply, key: "\${string(steps.c.n)}", collect: { until: size(msgs) >= 1, for: 10m } } }
- { id: none, wait: { topic: reply, key: nobody, collect: { for: 10m } } }
- { id: z, tool: k, with: { n: "\${steps.fan.one.n + steps.fan.two.n + steps.f.n + size(steps.many) + size(steps.none)}" } }`, `value: "\${steps.z}"`).replace("  out:", `  reply: { message: ${NUMBER}, key: string(msg.n - 100) }\n  out:`)}---
flowctl: v1
flow: g
topics: { out: { message: ${NUMBER} }, reply: { message: ${NUMBER}, key: string(msg.n - 100) } }
on: out
steps: [ { emit: reply, with: { n: "\${input.n + 100}" } } ]
`,
    { emits: 4 },
  ),
  scenario(
    "locks: on a step, a block and a saga that is undone, in parallel, in a loop, one after the other; a waiter whose time is over",
    flow(`
- { id: a, tool: k, with: { n: 1 }, lock: "'x'" }
- id: s
  lock: "'y'"
  saga: {}
  do:
    - ${undoable("b", "k", "2")}
    - { id: r, tool: r, with: { n: 1 } }
    - ${FAILS}
  catch: [ { on: [compensated], lock: "'x'", do: [ { id: c, tool: k, with: { n: 3 } } ] } ]
- id: fan
  parallel: { join: settled }
  branches:
    one: { lock: "'x'", do: [ { id: d, tool: k, with: { n: 4 } }, { id: e, tool: slow, with: { n: 1 } } ] }
    two: { lock: "'x'", do: [ { id: g, tool: k, with: { n: 5 } } ] }
- id: twice
  loop: { init: 0, until: state > 1, max: 5 }
  do: [ { id: h, tool: r, with: { n: 1 }, lock: "'y'" } ]
  value: "\${state + 1}"
- { id: early, set: 7, lock: "'z'", timeout: 1s, catch: [ { on: [timeout], value: 7 } ] }
- { id: z, tool: k, with: { n: "\${steps.early}" }, lock: "'y'" }`, `value: "\${steps.z}"`),
    { messages: [3, 4].map((n) => ({ topic: "in", body: { n }, key: `k${n}` })) },
  ),
  scenario(
    "a lock of a flow: kept while a person is asked, and through an incident",
    flow(`
- { id: x, ask: { question: Well?, output: { fields: { n: number } } } }
- { id: a, tool: k, with: { n: "\${steps.x.n}" }, on_unknown: fail }
- { emit: out, with: "\${steps.a}" }`, `lock: "'all'"`),
    { answers: { x: { n: 5 } }, messages: [3, 4, 5].map((n) => ({ topic: "in", body: { n }, key: `k${n}` })), emits: 3 },
  ),
  scenario(
    "rows: read, put if unchanged, refused, undone with its saga, put behind a pivot; runs that count in one row",
    flow(`
- { id: old, get: amounts, key: "\${input.n}" }
- { id: kept, put: amounts, key: "\${input.n}", with: "\${steps.?old.orValue(0) + 10}", if: "\${steps.?old}" }
- { id: lost, put: amounts, key: "\${input.n}", with: 1, if: "\${steps.?old}", catch: [ { on: [conflict], value: -1 } ] }
- id: s
  saga: {}
  do:
    - { id: a, put: amounts, key: "\${input.n}", with: 11, compensate: { put: amounts, key: "\${input.n}", with: "\${output * 10}" } }
    - { id: b, tool: k, with: { n: 1 }, compensate: [ { id: now, get: amounts, key: "\${input.n}" }, { tool: u, with: { n: "\${steps.?now.orValue(0)}" } } ] }
    - ${FAILS}
  catch: [ { on: [compensated], value: { n: 5 } } ]
- id: t
  saga: {}
  do:
    - { id: c, put: amounts, key: 100, with: 1, pivot: true }
    - { put: amounts, key: 101, with: "\${steps.c + 1}" }
- id: count
  loop: { init: false, until: state, max: 20 }
  do:
    - { id: sum, get: amounts, key: 0 }
    - { id: add, put: amounts, key: 0, with: "\${steps.?sum.orValue(0) + input.n}", if: "\${steps.?sum}", catch: [ { on: [conflict], value: -1 } ] }
  value: "\${steps.add >= 0}"
- { id: z, tool: k, with: { n: "\${steps.lost + steps.kept}" } }`, `tables: { amounts: { key: number, value: number, ttl: 24h } }\nvalue: "\${steps.z}"`),
    { messages: [3, 4, 5].map((n) => ({ topic: "in", body: { n }, key: `k${n}` })) },
  ),
  scenario(
    "waits in an undo: for a reply that comes before its step, one in a flow that it calls, a signal, a time",
    `${flow(`
- id: s
  saga: {}
  do:
    - id: a
      tool: k
      with: { n: 1 }
      compensate:
        - { emit: out, with: { n: "\${output.n}" } }
        - { id: s1, tool: slow, with: { n: 1 } }
        - { id: r1, wait: { topic: reply, key: "\${string(output.n)}", where: msg.n > 0 } }
        - { tool: u, with: "\${steps.r1}" }
        - { id: sub, call: asks, with: { n: "\${output.n + 5}" } }
        - { id: go, wait: { signal: go, type: ${NUMBER} } }
        - { wait: 10m }
        - { tool: u, with: { n: "\${steps.sub.n + steps.go.n}" } }
    - ${undoable("b", "k", "4")}
    - ${FAILS}`).replace("  out:", `  reply: { message: ${NUMBER}, key: string(msg.n - 100) }\n  out:`)}---
flowctl: v1
flow: asks
topics: { reply: { message: ${NUMBER}, key: string(msg.n - 100) }, out: { message: ${NUMBER} } }
input: ${NUMBER}
on: { manual: {} }
steps:
  - { emit: out, with: "\${input}" }
  - { id: inner, wait: { topic: reply, key: "\${string(input.n)}" } }
---
flowctl: v1
flow: g
topics: { out: { message: ${NUMBER} }, reply: { message: ${NUMBER}, key: string(msg.n - 100) } }
on: out
steps: [ { emit: reply, with: { n: "\${input.n + 100}" } } ]
`,
    { signals: { go: { n: 7 } }, ends: "compensated", emits: 4 },
  ),
  scenario("questions that are told: to a topic, to a tool that fails at first, to one that is slow, in a saga and in an undo", flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: q, ask: { question: "n is \${steps.a.n}?", show: "\${steps.a}", output: ${NUMBER}, to: told } }
- id: s
  saga: {}
  do:
    - id: b
      tool: k
      with: "\${steps.q}"
      compensate:
        - { id: sure, ask: { question: "Undo?", output: ${NUMBER}, to: { tool: busy, with: { n: "\${size(asked.question) + output.n}" } } } }
        - { tool: u, with: "\${steps.sure}" }
    - { id: w, ask: { question: "Go on?", output: ${NUMBER}, to: { tool: late, with: { n: 3 } }, timeout: 10m, on_timeout: { n: 1 } } }
    - ${FAILS}`).replace("  out:", `  told: { message: Question }\n  out:`), { answers: { q: { n: 5 }, "s/b!undo/sure": { n: 6 } }, ends: "compensated", emits: 1 }),
  scenario("a rate over runs: short and long waits, of reads, writes and a model", flow(`
- { id: a, tool: r, with: "\${input}", policy: paced }
- { id: b, tool: k, with: "\${steps.a}", policy: slow }
- { id: c, agent: faller, with: "\${steps.b}", policy: slow }
- { id: d, tool: k, with: { n: "\${size(steps.c)}" }, trust: model }`, `${AGENTS}\nvalue: "\${steps.d}"`).replace("policies:", "policies:\n  paced: { rate: { max: 1, window: 2s } }\n  slow: { rate: { max: 2, window: 10s, per: input.n % 2 } }"), { messages: [1, 2, 3].map((n) => ({ topic: "in", body: { n } })) }),
  scenario("a budget over the runs of a day and a key", flow(`
- { id: a, agent: talker, policy: fast, catch: [ { on: [budget], value: none } ] }
- { id: z, tool: k, with: { n: "\${size(steps.a)}" }, trust: model }`, `${AGENTS}\non: { topic: in, ordering: key }\nbudget: { tokens: 12400, per: day, key: string(input.n) }\nvalue: "\${steps.a}"`), { messages: [{ topic: "in", body: { n: 3 }, key: "a" }, { topic: "in", body: { n: 3 }, key: "a" }] }),
  scenario("a call that is detached", `${flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: b, call: g, with: "\${steps.a}", detach: true }
- { id: c, tool: k, with: { n: "\${steps.a.n + 1}" } }`, `value: "\${steps.c}"`)}---
flowctl: v1
flow: g
topics: { out: { message: ${NUMBER} } }
tools: { k: { module: ./tools.ts#k, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key, errors: { nope: {} } } }
input: ${NUMBER}
steps: [ { id: w, tool: k }, { wait: 10m }, { emit: out, with: "\${steps.w}" } ]
`, { emits: 1 }),
  scenario("a recursion: each run waits for the next, the last one parks and fails, one catches", flow(`
- { id: a, tool: k, with: { n: "\${input.n}" } }
- { when: run.depth == 0, wait: 10m }
- { id: q, when: input.n == 1, ask: { question: "ok?", output: ${NUMBER} } }
- { when: "input.n == 0", fail: { code: over, message: "at the end" } }
- { id: rec, call: f, with: { n: "\${input.n - 1}" }, catch: [ { on: [over], value: { n: "\${input.n}" } } ] }
- { id: z, tool: k, with: { n: "\${steps.rec.n + steps.a.n}" } }
- { emit: out, with: "\${steps.z}" }`, `input: ${NUMBER}
output: ${NUMBER}
limits: { depth: 5 }
value: "\${steps.z}"`), { answers: { q: { n: 1 } }, ends: ["completed", "failed"], emits: 3 }),
  scenario("a recursion that takes too long in a saga: it is cancelled, and what it has done is undone", flow(`
- when: input.n > 0
  saga: {}
  do:
    - { id: p, tool: k, with: { n: 10 }, compensate: { tool: u, with: { n: "\${output.n}" } } }
    - { id: quick, call: f, with: { n: 0 }, compensate: { tool: u, with: { n: "\${output.n + 100}" } } }
    - { id: deep, call: f, with: { n: -1 }, timeout: 10m, compensate: { tool: u, with: { n: 1 } } }
  catch: [ { on: [compensated], value: { n: -5 } } ]
- { when: input.n < 0, wait: 24h }
- { id: z, tool: c, with: { n: "\${input.n + 1}" } }`, `input: ${NUMBER}
output: ${NUMBER}
limits: { depth: 2 }
value: { n: "\${input.n}" }`), { ends: ["completed", "cancelled"] }),
  scenario("steps of a queue: a tool, an agent, one that fails, one that nobody does in time", flow(`
- { id: a, tool: k, with: { n: 1 }, queue: far }
- { id: b, agent: talker, policy: fast, queue: far }
- { id: c, tool: k, with: { n: -1 }, queue: far, catch: [ { on: [nope], value: { n: 2 } } ] }
- { id: d, tool: k, with: "\${steps.c}", queue: nobody, catch: [ { on: [timeout], value: { n: 3 } } ] }
- { id: z, tool: none, with: { n: "\${size(steps.b) + steps.d.n}" }, trust: model, queue: far }
- { emit: out, with: "\${steps.z}" }`, `${AGENTS}\nqueue_timeout: 10m\nbudget: { tokens: 100000 }\nvalue: "\${steps.z}"`), { ends: ["completed", "cancelled", "failed"], emits: 6 }),
  scenario("a saga over a queue: it is undone there, and what is under way is settled first", flow(`
- saga: {}
  do:
    - { id: p, tool: k, with: { n: 10 }, queue: far, compensate: { tool: u, queue: far, with: { n: "\${output.n}" } } }
    - id: both
      parallel: {}
      branches:
        w: { do: [ { id: late, tool: c, with: { n: 4 }, queue: far } ] }
        x: { do: [ { wait: 10m }, { fail: { code: over, message: "at the end" } } ] }
  catch: [ { on: [compensated], value: { n: -5 } } ]
- { id: z, tool: k, with: { n: 1 } }`, `value: "\${steps.z}"`), { emits: 3 }),
  scenario("a request and a flow that answers", `${flow(`
- { id: a, tool: asks, with: { n: "\${input.n}" } }
- { id: b, tool: k, with: "\${steps.a}" }`, `value: "\${steps.b}"`).replace("tools:", `tools:
  asks: { request: { topic: asked, reply: given, timeout: 1h }, input: ${NUMBER}, output: ${NUMBER}, idempotency: key }`).replace("topics:", `topics:\n  asked: { message: ${NUMBER} }\n  given: { message: ${NUMBER} }`)}---
flowctl: v1
flow: g
topics: { asked: { message: ${NUMBER} }, given: { message: ${NUMBER} } }
tools: { k: { module: ./tools.ts#k, input: ${NUMBER}, output: ${NUMBER}, effect: write, idempotency: key, errors: { nope: {} } } }
on: { topic: asked, reply: given }
steps: [ { id: w, tool: k } ]
`, { emits: 2 }),
  scenario("a person cancels", flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: q, ask: { question: "ok?", output: ${NUMBER} } }
- { id: b, tool: k, with: { n: "\${steps.q.n}" } }`, `value: "\${steps.b}"`), { cancels: ["q"], ends: "cancelled" }),
  scenario("an agent whose first model is away", flow(`
- { id: a, agent: faller }
- { id: z, tool: k, with: { n: "\${size(steps.a)}" }, trust: model }`, `${AGENTS}\nvalue: "\${steps.a}"`)),
  scenario("a topic that is picked, a key of the step's own", flow(`
- { id: a, tool: k, with: { n: 1 }, key: "k-\${input.n}" }
- { emit: { pick: "input.n > 2 ? 'out' : 'other'", from: [out, other] }, with: "\${steps.a}" }
- { id: b, tool: k, with: { n: 2 } }`, `value: "\${steps.b}"`), { messages: [1, 3].map((n) => ({ topic: "in", body: { n } })), emits: 2 }),
  scenario("a journaled flow's messages that do not fit, and many at once", flow(`- { id: a, tool: k, with: "\${input}" }\n- { emit: out, with: "\${steps.a}" }`, "on: { topic: in, where: msg.n != 4, concurrency: 2 }"), {
    messages: [1, 2, 3, 4, 5, 6, NaN].map((n) => ({ topic: "in", body: { n }, key: `k${n}` })),
    emits: 6,
  }),
  scenario("two messages with one id", flow(`- { id: a, tool: k, with: "\${input}" }\n- { emit: out, with: "\${steps.a}" }`), { messages: ["x", "x", "y"].map((id, n) => ({ topic: "in", body: { n: n < 2 ? 0 : n }, id })), emits: 2 }),
];

import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/event.js";
import type { GraphState } from "../../../src/core/graph.js";
import type { ToolCall } from "../../../src/core/ports/tool.js";
import { StepError } from "../../../src/core/errors.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { ended, flow, ofType, start, type Given, type Running } from "./run-world.js";

const flows: Readonly<Record<string, string>> = {
  "a chain of pure steps, reads and writes": flow(`
- { id: a, set: "\${input.n + 1}" }
- { id: b, tool: r, with: { n: "\${steps.a}" } }
- { id: c, tool: k, with: { n: "\${steps.b.n}" } }
- { id: s, when: input.n > 100, set: 1 }
- { id: d, tool: k, with: { n: "\${steps.c.n + 1}" } }`, "value: \"${steps.d}\""),
  "a switch, its case and what is behind it": flow(`
- { id: a, tool: r, with: { n: 3 } }
- id: gate
  switch:
    - { when: steps.a.n > 2, do: [ { set: 1 }, { id: inside, tool: k, with: { n: 2 } } ] }
    - else: { value: { n: 0 } }
- { id: b, tool: k, with: { n: "\${steps.gate.n}" } }`, "value: \"${steps.b}\""),
  "emits in a switch and in a map": flow(`
- { id: pure, switch: [ { when: input.n > 0, do: [ { emit: out, with: { n: 1 } } ] } ] }
- { id: all, map: { over: "[1, 2, 3]", as: x }, do: [ { emit: out, with: { n: "\${x}" } } ] }
- { id: a, tool: r, with: { n: 3 } }
- { emit: out, with: { n: "\${steps.a.n}" } }`, "topics: { out: { message: { fields: { n: number } } } }\nvalue: 1"),
  "a map of writes": flow(`
- id: all
  map: { over: "[1, 2, 3, 4]", as: x, concurrency: 2, rest: finish }
  do: [ { id: q, tool: k, with: { n: "\${x}" } }, { id: p, set: "\${steps.q.n * 2}" } ]
- { id: z, tool: k, with: { n: "\${sum(steps.all)}" } }`, "value: \"${steps.z}\""),
  "branches, one after another": flow(`
- id: fan
  parallel: { rest: finish }
  branches:
    one: [ { tool: k, with: { n: 1 } } ]
    two: { after: [one], do: [ { tool: k, with: { n: "\${branches.one.n + 1}" } } ] }
    three: [ { tool: r, with: { n: 9 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.two.n}" } }`, "value: \"${steps.z}\""),
  "any of three reads": flow(`
- id: fan
  parallel: { join: any }
  branches:
    one: [ { id: slow, tool: r, with: { n: 1 } }, { id: later, tool: r, with: { n: 5 } } ]
    two: [ { id: quick, tool: r, with: { n: 2 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.all[0].n}" } }`, "value: \"${steps.z}\""),
  "the rest of a join in a case, in a pass, behind a failure, and beside the flow": flow(`
- id: gate
  switch:
    - when: input.n > 0
      do: [ { id: one, map: { over: "[2, 5, 3]", as: x, join: any, rest: finish, concurrency: 2 }, do: [ { id: s, tool: r, with: { n: "\${x}" } }, { id: a, tool: k, with: { n: 2 } } ] } ]
- id: fold
  loop: { init: 0, max: 2, on_max: stop }
  do: [ { id: two, parallel: { join: any, rest: finish }, branches: { p: [ { id: c, tool: k, with: { n: 2 } } ], q: [ { id: t, tool: r, with: { n: 5 } }, { id: d, tool: k, with: { n: 2 } } ] } } ]
  value: "\${state + 1}"
- { id: three, map: { over: "[5, -1, 3, 4]", as: x, rest: finish, concurrency: 2 }, do: [ { id: u, tool: r, with: { n: "\${x}" } }, { id: e, tool: k, with: { n: 2 } } ], catch: [ { on: any, value: "\${[]}" } ] }
- { id: four, map: { over: "[5, -1, -1]", as: x, join: 3, rest: finish }, do: [ { id: v, tool: r, with: { n: "\${x}" } }, { id: f, tool: k, with: { n: 2 } } ], catch: [ { on: any, value: { winner: 0, all: [] } } ] }
- { id: z, tool: k, with: { n: 2 } }`, "value: \"${steps.fold}\""),
  "settled, with one that fails": flow(`
- id: fan
  parallel: { join: settled }
  branches:
    one: [ { id: bad, tool: r, with: { n: -1 } } ]
    two: [ { tool: k, with: { n: 2 } } ]
- { id: z, tool: k, with: { n: "\${steps.fan.ok.?two.orValue({'n': 0}).n}" } }`, "value: \"${steps.z}\""),
  "a loop, and its catch": flow(`
- id: fold
  loop: { init: 0, max: 3 }
  do: [ { id: q, tool: k, with: { n: "\${state + 1}" } } ]
  value: "\${steps.q.n}"
  catch: [ { on: [exhausted], do: [ { id: over, tool: k, with: { n: "\${state * 100}" } } ], value: "\${state}" } ]
- { id: z, tool: k, with: { n: "\${steps.fold}" } }`, "value: \"${steps.z}\""),
  "a pure loop, and its catch": flow(`
- id: fold
  loop: { init: 0, max: 3 }
  value: "\${state + 1}"
  catch: [ { on: [exhausted], do: [ { id: over, tool: k, with: { n: "\${state * 100}" } } ], value: "\${state}" } ]
- { id: z, tool: k, with: { n: "\${steps.fold}" } }`, "value: \"${steps.z}\""),
  "retries": flow(`
- { id: a, tool: r, with: { n: 1001 }, policy: p }
- { id: b, tool: k, with: { n: 1002 }, policy: p }
- { id: c, tool: w, with: { n: 1003 }, policy: q }`, "policies: { p: { retry: { max: 4, backoff: constant, initial: 1s, jitter: none } }, q: { retry: { max: 4, backoff: constant, initial: 1m, jitter: none } } }\nvalue: \"${steps.c}\""),
  "a failure and its catch": flow(`
- { id: a, tool: k, with: { n: -2 }, catch: [ { on: [nope], do: [ { id: undo, tool: k, with: { n: 7 } } ] } ] }
- { id: b, tool: k, with: { n: "\${steps.a.n}" } }`, "value: \"${steps.b}\""),
  "a flow's catch": flow(`
- { id: a, tool: k, with: { n: -2 } }`, "output: { fields: { n: number } }\ncatch: [ { on: [nope], do: [ { id: undo, tool: k, with: { n: 7 } } ] } ]\nvalue: { n: 0 }"),
  "a return from a branch": flow(`
- id: fan
  parallel: {}
  branches:
    one: [ { id: a, tool: r, with: { n: 1 } }, { return: { n: "\${steps.a.n}" } } ]
    two: [ { id: b, tool: r, with: { n: 2 } }, { id: c, tool: r, with: { n: 5 } }, { id: d, tool: r, with: { n: 3 } } ]
- { id: z, tool: k, with: { n: 4 } }`, "output: { fields: { n: number } }\nvalue: { n: 0 }"),
  "a return from a case of a branch, while another one lets a write end": flow(`
- id: fan
  parallel: { join: settled }
  branches:
    one: [ { id: a, tool: r, with: { n: 1 } }, { id: s, switch: [ { when: steps.a.n == 1, do: [ { return: { n: 7 } } ] }, { else: { value: 0 } } ] } ]
    two: [ { id: c, tool: k, with: { n: 6 } } ]
- { id: z, tool: k, with: { n: 4 } }`, "output: { fields: { n: number } }\nvalue: { n: 0 }"),
  "a return below two joins": flow(`
- id: fan
  parallel: { join: settled }
  branches:
    one:
      - id: near
        parallel: {}
        branches:
          cut: [ { id: a, tool: r, with: { n: 5 } } ]
          back: [ { id: b, tool: r, with: { n: 1 } }, { return: { n: "\${steps.b.n}" } } ]
    two: [ { id: c, tool: k, with: { n: 6 } } ]
- { id: z, tool: k, with: { n: 4 } }`, "output: { fields: { n: number } }\nvalue: { n: 0 }"),
  "a return while a branch that began behind another one lets a write end": flow(`
- id: fan
  parallel: { join: settled }
  branches:
    back: [ { id: e, tool: r, with: { n: 6 } }, { return: { n: 7 } } ]
    one: [ { id: a, tool: r, with: { n: 1 } } ]
    two: { after: [one], do: [ { id: b, tool: k, with: { n: 6 } } ] }
    four: { after: [two], do: [ { id: f, tool: k, with: { n: 1 } } ] }`, "output: { fields: { n: number } }\nvalue: { n: 0 }"),
  "a return while an item that began when another one had ended lets a write end": flow(`
- id: each
  map: { over: "\${[1, 2, 3, 4]}", concurrency: 2, join: settled }
  do:
    - id: s
      switch:
        - { when: item == 1, do: [ { id: e, tool: r, with: { n: 6 } }, { return: { n: 7 } } ] }
        - { when: item == 2, do: [ { id: a, tool: r, with: { n: 1 } } ] }
        - { else: { do: [ { id: b, tool: k, with: { n: 6 } } ] } }`, "output: { fields: { n: number } }\nvalue: { n: 0 }"),
  "a return while another one lets a write end": flow(`
- id: fan
  parallel: { join: settled }
  branches:
    one:
      - id: near
        parallel: { join: settled }
        branches:
          late: [ { id: a, tool: k, with: { n: 6 } } ]
          back: [ { id: b, tool: r, with: { n: 1 } }, { return: { n: 7 } } ]
    two:
      - id: deep
        parallel: {}
        branches: { only: [ { id: deeper, parallel: {}, branches: { only: [ { id: c, tool: r, with: { n: 1 } }, { id: d, tool: r, with: { n: 1 } }, { return: { n: 8 } } ] } } ] }
- { id: z, tool: k, with: { n: 4 } }`, "output: { fields: { n: number } }\nvalue: { n: 0 }"),
  "run.now": flow(`
- { id: a, tool: k, with: { n: "\${run.now > run.started ? 2 : 3}" } }
- { id: b, tool: r, with: { n: 5 } }
- { id: c, tool: w, with: { n: "\${run.now.getMinutes()}" } }
- { id: d, tool: k, with: { n: "\${steps.c.n}" } }`, "value: \"${steps.d}\""),
  "asks": flow(`
- { id: a, tool: k, with: { n: 1 } }
- { id: q, ask: { question: "ok?", output: boolean } }
- { id: b, tool: k, with: { n: 2 }, when: steps.q }
- { id: late, ask: { question: "ok?", output: boolean, timeout: 1h, on_timeout: false } }
- { id: c, tool: k, with: { n: 3 } }`, "value: \"${steps.late}\""),
};

/** A tool that fails by its number: -1 unavailable, -2 nope; from 1000 on it fails twice by a rate limit. 5 takes a minute, 6 two seconds. */
const world = (counts: Map<string, number>): Given => {
  const fake = async ({ input, run: { path } }: ToolCall, clock: Running["clock"]) => {
    const n = typeof input === "object" && input !== null && "n" in input ? Number(input.n) : 0;
    const seen = (counts.get(path) ?? 0) + 1;
    counts.set(path, seen);
    if (n === -1) throw new StepError("unavailable", "away");
    if (n === -2) throw new StepError("nope", "no");
    if (n >= 1000 && seen <= 2) throw new StepError("rate_limit", "slow down", { retryAfterMs: 2_000 });
    if (n === 1) await new Promise<void>((resolve) => clock.after(20, resolve));
    if (n === 5) await new Promise<void>((resolve) => clock.after(60_000, resolve));
    if (n === 6) await new Promise<void>((resolve) => clock.after(2_000, resolve));
    return { n };
  };
  const clock = virtualClock();
  const tool = (call: ToolCall) => fake(call, clock);
  return { clock, tools: { r: tool, k: tool, w: tool } };
};

/** Answers `q` when the run waits for it, and says what it wrote. */
async function drive(running: Running, past: readonly RunEvent[]): Promise<GraphState> {
  for (let turn = 0; turn < 40; turn += 1) {
    await running.clock.advance(0);
    if (running.waits.some(({ path }) => path === "q")) {
      running.wake("signal.received", "q", { id: "s1", name: "answer", from: "me", payload: true });
      break;
    }
    if (past.some(({ path }) => path === "q")) break;
    await running.clock.advance(100);
  }
  return ended(running);
}

const summary = ({ status, output, error, emitted }: GraphState) => ({ status, output, code: error?.code, emitted: emitted.map(({ id, message }) => [id, message]) });

describe("replay of every prefix of the journal", () => {
  for (const [name, text] of Object.entries(flows)) {
    test(name, async () => {
      const whole = start(text, world(new Map()));
      const state = await drive(whole, []);
      const all = [...whole.events];
      expect(all.length).toBeGreaterThan(2);
      for (let cut = 0; cut <= all.length; cut += 1) {
        const past = all.slice(0, cut);
        const counts = new Map<string, number>();
        // The world went on: the tool knows the attempts that were made.
        for (const { path, data } of ofType(past, "step.failed")) counts.set(path ?? "", data.attempt);
        const given = world(counts);
        const startedAt = given.clock?.now() ?? 0;
        await given.clock?.advance((past.at(-1)?.at ?? startedAt) - startedAt);
        const again = start(text, { ...given, past, startedAt });
        const openWrite = ofType(past, "step.started").find(({ path, data }) => data.key !== undefined && data.kind === "tool" && !past.some((event) => event.path === path && event.type !== "step.started" && event.type !== "step.decided" && event.seq > (past.findLast((one) => one.path === path && one.type === "step.started")?.seq ?? 0)));
        if (openWrite?.path === "c" && text.includes("tool: w")) {
          // I21: an intent of a write that is not idempotent is an operator's to settle.
          await given.clock?.advance(0);
          expect(again.waits).toMatchObject([{ kind: "incident", path: "c" }]);
          again.wake("incident.resolved", "c", { action: "retry", by: "me" });
        }
        const outcome = await drive(again, past);
        expect({ cut, ...summary(outcome) }).toEqual({ cut, ...summary(state) });
        // What a join has cut off, or left running, is the same.
        expect({ cut, began: began(again.events) }).toEqual({ cut, began: began(all) });
        const done = new Set(ofType(past, "step.completed").map(({ path }) => path));
        const repeated = again.effects.filter((effect) => done.has(effect.slice(2).split("#").slice(0, -1).join("#")));
        expect({ cut, repeated }).toEqual({ cut, repeated: [] });
        expect(terminals(again.events)).toEqual([]);
      }
    });
  }
});

const began = (events: readonly RunEvent[]): readonly string[] => [...new Set(ofType(events, "step.started").map(({ path = "" }) => path))].sort();

/** I9: paths with more than one terminal event. */
function terminals(events: readonly RunEvent[]): string[] {
  const counts = new Map<string, number>();
  const count = (path: string): void => void counts.set(path, (counts.get(path) ?? 0) + 1);
  for (const event of events) {
    if (event.type === "step.completed" || event.type === "step.cancelled" || event.type === "step.skipped" || event.type === "message.emitted") count(event.path ?? "");
    if (event.type === "step.failed" && event.data.retryAt === undefined) count(event.path ?? "");
    if (event.type === "steps.computed") for (const { path, taken } of event.data.items) if (taken === undefined) count(path);
  }
  return [...counts].flatMap(([path, times]) => (times > 1 ? [`${path} ${times}`] : []));
}

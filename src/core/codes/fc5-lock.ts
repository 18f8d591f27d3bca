import type { CodeTable } from "./entry.js";

const HEAD = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { from: string, to: string } }
tools: { move: { http: { method: POST, url: "https://api.example/move" }, input: { fields: { to: string } }, idempotency: header } }
`;

/** Locks. */
export const FC5_LOCK: CodeTable = {
  FC5070: {
    severity: "error",
    title: "A lock inside a lock",
    explain:
      "While a run waits for a lock it holds no other one. Else a run that has `a` and waits for `b`, and one that has `b` and waits for `a`, would wait for each other for ever. So a step or a block with `lock` holds none inside, nor does a flow that it calls. Two locks one after the other are fine: the first is free when its step or block is over. Where two things are needed at once, one lock has a text that is made of both.",
    bad: `${HEAD}lock: input.from
steps:
  - { tool: move, with: { to: "\${input.to}" }, lock: input.to }
`,
    good: `${HEAD}lock: "input.from < input.to ? input.from + '/' + input.to : input.to + '/' + input.from"
steps:
  - { tool: move, with: { to: "\${input.to}" } }
`,
  },
};

import type { CodeTable } from "./entry.js";

export const FC3_EXPRESSION: CodeTable = {
  FC3100: {
    severity: "error",
    title: "A name that is not in scope",
    explain: "An expression reads `input`, `steps`, `run` and what its place adds (`item`, `state`, `error`, `msg` …). A text stands in quotes.",
    bad: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { n: number, s: string, note: string?, xs: \"string[]\" } }\nsteps: []\nvalue: \"${inptu.s}\"\n",
    good: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { n: number, s: string, note: string?, xs: \"string[]\" } }\nsteps: []\nvalue: \"${input.s}\"\n",
  },
  FC3101: {
    severity: "error",
    title: "A field that no schema declares",
    explain: "Every field that is read must be declared, also behind `.?` and where the object is open: a typo would otherwise be an absent value for ever.",
    bad: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { name: string } }\nsteps: []\nvalue: \"${input.nmae}\"\n",
    good: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { name: string } }\nsteps: []\nvalue: \"${input.name}\"\n",
  },
  FC3102: {
    severity: "error",
    title: "An unknown function",
    explain: "The library is CEL's own and a few more: see the reference.",
    bad: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { n: number, s: string, note: string?, xs: \"string[]\" } }\nsteps: []\nvalue: \"${input.s.length()}\"\n",
    good: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { n: number, s: string, note: string?, xs: \"string[]\" } }\nsteps: []\nvalue: \"${size(input.s)}\"\n",
  },
  FC3103: {
    severity: "error",
    title: "A step that cannot be read here",
    explain: "Earlier steps of the same block and earlier siblings of every enclosing block are visible. What is inside a finished block is not: give that block a `value`.",
    bad: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { n: number, s: string, note: string?, xs: \"string[]\" } }\nsteps:\n  - { id: a, set: \"${steps.b}\" }\n  - { id: b, set: 1 }\n",
    good: "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { n: number, s: string, note: string?, xs: \"string[]\" } }\nsteps:\n  - { id: b, set: 1 }\n  - { id: a, set: \"${steps.b}\" }\n",
  },
};

import type { CodeTable } from "./entry.js";

const HEAD = `flowctl: v1
flow: f
on: { manual: {} }
input: { fields: { id: string } }
`;
const tool = (name: string, more = ""): string => `  ${name}: { http: { method: POST, url: "https://api.example/${name}" }, input: { fields: { id: string } }, output: { fields: { id: string } }, idempotency: header${more} }\n`;
const TOOLS = `tools:\n${tool("pay")}${tool("refund")}${tool("ship")}`;
const SAGA = (ship: string): string => `${HEAD}${TOOLS}steps:
  - saga: {}
    do:
      - { id: paid, tool: pay, queue: money, compensate: { tool: refund, with: { id: "\${output.id}" } } }
      - { tool: ship, pivot: true${ship} }
`;
const AGENT = (more: string): string => `agents: { clerk: { model: openai/gpt-4o-mini, instructions: Pay it., tools: [pay]${more} } }\n`;
const WRITING = `tools:\n${tool("pay", ", compensate: { tool: refund, with: { id: \"${output.id}\" } }")}${tool("refund")}`;

/** Queues: what any worker may do. */
export const FC5_QUEUE: CodeTable = {
  FC5110: {
    severity: "error",
    title: "A queue for what no worker does",
    explain:
      "A queue hands work to other processes: an agent, a tool, or a flow that is called. A step that only computes, waits or sends has nothing for a worker, and what holds other steps has their queues. A step that picks one of several agents is on one queue: where they declare different ones, the step says which.",
    bad: `${HEAD}steps:\n  - { set: "\${input.id}", queue: far }\n`,
    good: `${HEAD}tools:\n${tool("pay")}steps:\n  - { tool: pay, queue: far }\n`,
  },
  FC5111: {
    severity: "error",
    title: "A pivot on a queue",
    explain:
      "From a pivot's first attempt until it is known what became of it, its saga goes neither back nor forth. A task lies on its queue until a worker comes, which may be tomorrow, and meanwhile the saga could not be undone by its time limit either. So a pivot is done where its saga runs; steps before and behind it may be on queues.",
    bad: SAGA(", queue: far"),
    good: SAGA(""),
  },
  FC5112: {
    severity: "error",
    title: "A queued agent that writes in a saga",
    explain:
      "What an agent's tools have written in a saga is undone call by call. On a queue these calls are in the journal of another run, where the saga does not see them. Let the agent decide on the queue and write in steps of the saga, or run the agent where the saga runs.",
    bad: `${HEAD}${WRITING}${AGENT("")}steps:\n  - saga: {}\n    do:\n      - { agent: clerk, with: { id: a }, queue: far, trust: model }\n`,
    good: `${HEAD}${WRITING}${AGENT("")}steps:\n  - saga: {}\n    do:\n      - { agent: clerk, with: { id: a }, trust: model }\n`,
  },
  FC5113: {
    severity: "error",
    title: "A queued tool in the hands of an agent",
    explain:
      "An agent calls its tools where it runs. A tool that is declared for the workers of a queue would be called by others then, which may not reach what it needs. Put the agent on the same queue, or write the queue at the steps that call the tool, instead of at the tool.",
    bad: `${HEAD}tools:\n${tool("pay", ", queue: far")}${AGENT("")}steps:\n  - { agent: clerk, trust: model }\n`,
    good: `${HEAD}tools:\n${tool("pay", ", queue: far")}${AGENT(", queue: far")}steps:\n  - { agent: clerk, trust: model }\n`,
  },
  FC5114: {
    severity: "error",
    title: "Two queues on one topic",
    explain:
      "The project file gives two queues the same `topic`, or one of them the topic of a site of the other. A queue's topic is read by its own workers, and those of one queue would take the tasks of the other and not do them: its steps would wait for ever. Give each queue a topic of its own; where the same workers shall do the tasks of several flows, put their steps on one queue.",
    bad: "",
    good: "",
    from: "run",
  },
};

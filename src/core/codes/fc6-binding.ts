import type { CodeTable } from "./entry.js";

/** Binding a flow to the world: secrets, prices, providers, the project's store and broker. */
export const FC6_BINDING: CodeTable = {
  FC6001: {
    severity: "warning",
    title: "A secret is not set",
    explain:
      "The flow needs a secret (`${env:NAME}`, `${file:PATH}`, or the usual variable of a model's provider) that is not there. `validate` only warns, because flows are checked where they do not run; `run` ends with exit code 3 before anything starts. Set it, or choose a profile that does not need it.",
    bad: `flowctl: v1
flow: needs-key
agents:
  greeter: { model: openai/gpt-4o-mini, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    good: `flowctl: v1
flow: needs-no-key
models:
  fake: { provider: scripted, model: greetings, answers: { greeter: [ "Hello" ] } }
agents:
  greeter: { model: fake, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    from: "run",
  },
  FC6002: {
    severity: "error",
    title: "A limit in USD needs a price",
    explain:
      "A `usd` limit or budget can only be kept when the model's price is known. The built-in table does not have this model: give `price: { in, out }` in USD per million tokens, or limit `tokens` instead.",
    bad: `flowctl: v1
flow: unpriced
models:
  own: { provider: openai, model: my-own-model, api_key: "\${env:KEY}" }
agents:
  greeter: { model: own, instructions: Greet this person., limits: { usd: 0.1 } }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    good: `flowctl: v1
flow: priced
models:
  own: { provider: openai, model: my-own-model, api_key: "\${env:KEY}", price: { in: 0.1, out: 0.4 } }
agents:
  greeter: { model: own, instructions: Greet this person., limits: { usd: 0.1 } }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
  },
  FC6003: {
    severity: "error",
    title: "Unknown model provider",
    explain: "This version of flowctl has adapters for the providers `openai` (any server that speaks its protocol: set `base_url`), `scripted` (answers from a script) and `cassette` (recorded answers).",
    bad: `flowctl: v1
flow: no-adapter
agents:
  greeter: { model: acme/large, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    good: `flowctl: v1
flow: with-adapter
agents:
  greeter: { model: openai/gpt-4o-mini, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
  },
  FC6004: {
    severity: "error",
    title: "A model's script cannot be used",
    explain:
      "A `scripted` model answers from `answers`: the path of a YAML or JSON file, or the answers of each agent under its name. The file is missing or not readable, or something in the script has none of the forms of an answer; the message names the place.",
    bad: `flowctl: v1
flow: no-such-answer
models:
  fake: { provider: scripted, answers: { greeter: [ { error: tired } ] } }
agents:
  greeter: { model: fake, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    good: `flowctl: v1
flow: answers-in-order
models:
  fake: { provider: scripted, answers: { greeter: [ { error: rate_limit, retry_after: 1s }, "Hello" ] } }
agents:
  greeter: { model: fake, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    from: "run",
  },
  FC6005: {
    severity: "error",
    title: "A cassette cannot be used",
    explain:
      "A cassette holds recorded calls of models and HTTP tools: `flowctl run --record FILE` writes it, `--replay FILE` and models of the provider `cassette` answer from it. The file is missing, cannot be written, or is not what `--record` writes; the message names the line. Mend that place, or record the calls again.",
    bad: `flowctl: v1
flow: nothing-recorded
models:
  taped: { provider: cassette, file: not-there.yaml }
agents:
  greeter: { model: taped, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    good: `flowctl: v1
flow: recorded
models:
  taped: { provider: cassette, file: calls.yaml }
agents:
  greeter: { model: taped, instructions: Greet this person. }
on: { manual: {} }
input: string
steps: [ { agent: greeter } ]
`,
    from: "run",
  },
  FC6010: {
    severity: "error",
    title: "The store does not take events",
    explain:
      "The store refused to make events durable for 30 seconds: a full disk, a file that cannot be written, a server that is away. No effect was started that is not recorded, and nothing was acknowledged that is not durable: mend the store and start again, the work goes on where it stood.",
    bad: "",
    good: "",
    from: "run",
  },
};

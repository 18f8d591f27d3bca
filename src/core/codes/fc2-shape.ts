import type { CodeTable } from "./entry.js";

/** Shape: which keys stand where, and what form their values have. */
export const FC2_SHAPE: CodeTable = {
  FC2001: {
    severity: "error",
    title: "The language's version is missing",
    explain:
      "Every flow file says `flowctl: v1`: it tells flowctl, and readers, what kind of file this is and how to read it. The version of the flow itself is another thing: `flow: { id: name, version: 1.0.0 }`.",
    bad: "flow: hello\ninput: string\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
  FC2002: {
    severity: "error",
    title: "Unknown key",
    explain:
      "No key of this name stands at this place. Unknown keys are errors, because a typo that is silently ignored is the kind of mistake that nobody finds. The hint names the key that was probably meant, or the keys that may stand here; `flowctl explain <key>` says what each does.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1, wehn: \"true\" }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1, when: \"true\" }\n",
  },
  FC2003: {
    severity: "error",
    title: "A required key is missing",
    explain: "This section cannot do without the key that is named. Its description, with an example, is in `flowctl explain <key>` and in the reference.",
    bad: "flowctl: v1\nflow: { version: 1.0.0 }\ninput: string\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: { id: hello, version: 1.0.0 }\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
  FC2004: {
    severity: "error",
    title: "A value has the wrong form",
    explain:
      "What stands here is a list where one value is wanted, or text where a map is, and so on. The message says what is wanted. A list is written `[a, b]` or with a `-` before each item, a map `{ key: value }` or with its keys indented below.",
    bad: "flowctl: v1\nflow: hello\ninput: { fields: { xs: \"number[]\" } }\nsteps:\n  - { map: { over: input.xs, as: [x] }, value: \"${x}\" }\n",
    good: "flowctl: v1\nflow: hello\ninput: { fields: { xs: \"number[]\" } }\nsteps:\n  - { map: { over: input.xs, as: x }, value: \"${x}\" }\n",
  },
  FC2005: {
    severity: "error",
    title: "A word that is none of those allowed",
    explain: "This key takes one of a few words. The message lists them.",
    bad: "flowctl: v1\nflow: hello\non: { topic: greetings, from: beginning }\ntopics: { greetings: { message: string } }\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\non: { topic: greetings, from: earliest }\ntopics: { greetings: { message: string } }\nsteps: [ { set: 1 } ]\n",
  },
  FC2006: {
    severity: "error",
    title: "The kind is missing",
    explain:
      "A step says what it does by one key: `agent`, `tool`, `set`, `emit`, `switch`, `parallel`, `map`, `loop`, `call`, `ask`, `fail` or `return`. In the same way a trigger has `topic` or `manual`, a tool `http`, `module` or `expr`, a case `when` or `else`.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { id: one, with: 1 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { id: one, set: 1 }\n",
  },
  FC2007: {
    severity: "error",
    title: "Two kinds in one",
    explain: "A step does one thing, a trigger has one source, a tool one form. Write two of them.",
    bad: "flowctl: v1\nflow: hello\ninput: string\ntopics: { done: {} }\nsteps:\n  - { set: 1, emit: done }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\ntopics: { done: {} }\nsteps:\n  - { set: 1 }\n  - { emit: done }\n",
  },
  FC2008: {
    severity: "error",
    title: "Not a name",
    explain:
      "Names have letters, digits and `_`. Step ids, branches and `as` are read by expressions, where a hyphen would be a minus: `steps.a-b` is `steps.a` minus `b`. Agents, tools, types and policies may also have `-`, and flows, topics and models `-` and `.`. Headers have what HTTP allows, which is no space. The `source` of CloudEvents is a URI reference: ASCII without spaces, other signs as `%C3%BC`.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { id: first-step, set: 1 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { id: first_step, set: 1 }\n",
  },
  FC2009: {
    severity: "error",
    title: "A key of another tool",
    explain:
      "Other workflow languages call this so; here it is written differently, and the hint has the form. Such words are never accepted as aliases, so that every flow reads the same.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { if: \"true\", set: 1 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { when: \"true\", set: 1 }\n",
  },
  FC2010: {
    severity: "error",
    title: "A number out of range",
    explain: "The number is too small, too large, or has a fraction where a count is wanted.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nbudget: { tokens: 0 }\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nbudget: { tokens: 1000 }\nsteps: [ { set: 1 } ]\n",
  },
  FC2011: {
    severity: "error",
    title: "Not a duration",
    explain: "A duration is a number with its unit, `200ms`, `10s`, `5m`, `24h` or `7d`, or a sum such as `1h30m`. It is above zero.",
    bad: "flowctl: v1\nflow: hello\ninput: string\ntimeout: 30\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: string\ntimeout: 30s\nsteps: [ { set: 1 } ]\n",
  },
  FC2012: {
    severity: "error",
    title: "An empty list or map",
    explain: "At least one item must stand here, because an empty one would do nothing or could never be done.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { switch: [] }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { switch: [ { when: \"true\", value: 1 } ] }\n",
  },
  FC2013: {
    severity: "error",
    title: "A block without content",
    explain:
      "A case, a branch, a catch clause or the body of `map` and `loop` has steps in `do`, a `value`, or both. A block that shall do nothing says so: `do: []`.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { switch: [ { when: \"true\" } ] }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { switch: [ { when: \"true\", do: [] } ] }\n",
  },
  FC2014: {
    severity: "error",
    title: "`else` is not the last case",
    explain: "Cases are tried in their order and `else` always holds, so nothing behind it is ever taken.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { switch: [ { else: { value: 1 } }, { when: input == 'x', value: 2 } ] }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { switch: [ { when: input == 'x', value: 2 }, { else: { value: 1 } } ] }\n",
  },
  FC2015: {
    severity: "error",
    title: "Keys that do not go together",
    explain: "Both keys say the same thing or exclude each other: keep the one that is meant.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { timeout: 1h, ask: { question: \"Go on?\", output: { fields: { approved: boolean } }, timeout: 2h } }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { ask: { question: \"Go on?\", output: { fields: { approved: boolean } }, timeout: 2h } }\n",
  },
  FC2016: {
    severity: "error",
    title: "`emit` has nothing to send",
    explain: "Without `with` an `emit` sends the output of the step before it in the same block. The first step of a block has none before it, so it says what it sends.",
    bad: "flowctl: v1\nflow: hello\ninput: string\ntopics: { done: {} }\nsteps:\n  - { emit: done }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\ntopics: { done: {} }\nsteps:\n  - { emit: done, with: \"${input}\" }\n",
  },
  FC2017: {
    severity: "error",
    title: "A module tool names no export",
    explain: "`module` names a TypeScript or JavaScript file, a `#`, and the name of the function that it exports. The path is relative to the flow file.",
    bad: "flowctl: v1\nflow: hello\ninput: string\ntools:\n  shout: { module: ./shout.ts, input: string, output: string, effect: read }\nsteps: [ { tool: shout } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: string\ntools:\n  shout: { module: ./shout.ts#shout, input: string, output: string, effect: read }\nsteps: [ { tool: shout } ]\n",
    files: { "shout.ts": "export const shout = (text: string): string => text.toUpperCase();\n" },
  },
  FC2018: {
    severity: "error",
    title: "Not a flow file",
    explain: "A flow file is a YAML map whose first key is `flowctl: v1`. Several flows in one file are separated by a line `---`; between two such lines a document must stand.",
    bad: "- flowctl: v1\n- flow: hello\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
  FC2019: {
    severity: "error",
    title: "Unknown profile or setting",
    explain: "`--profile` names a profile of the project file `flowctl.yaml`, and `--set a.b=v` has a path of keys and a value. What they name must be there.",
    bad: "",
    good: "",
    from: "run",
  },
  FC2020: {
    severity: "error",
    title: "No file fits a pattern of flows",
    explain:
      "`flows` of the project file `flowctl.yaml` lists the project's flow files, as paths and patterns relative to its folder. Each of them must fit a file: a misspelt one would silently leave its flows out. Correct it, or remove it from the list; a project file without `flows` takes all flow files below the folder in which flowctl is called.",
    bad: "",
    good: "",
    from: "run",
  },
  FC2021: {
    severity: "error",
    title: "Not an http or https address",
    explain:
      "The `url` of an HTTP tool and the `base_url` of a model begin with `http://` or `https://` and name a host. What a hole holds is known when it is called: `\"${env:SHOP_URL}/charges\"` is fine where the variable holds the address's beginning. A variable of a shell, `$SHOP_URL`, is not read.",
    bad: "flowctl: v1\nflow: hello\ninput: { fields: { id: string } }\ntools:\n  find: { http: { method: GET, url: shop.internal/orders } }\nsteps: [ { tool: find } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: { fields: { id: string } }\ntools:\n  find: { http: { method: GET, url: https://shop.internal/orders } }\nsteps: [ { tool: find } ]\n",
  },
  FC2040: {
    severity: "error",
    title: "Not a schedule",
    explain:
      "A schedule is a cron expression of five fields: minute (0-59), hour (0-23), day of the month (1-31), month (1-12 or JAN-DEC) and weekday (0-7 or SUN-SAT). A field is `*`, a number, a range `1-5`, a list `1,15`, or a step `*/5`; day and weekday also take `L` (the last) and `FRI#2` (the second Friday). With six fields the first is the second. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` are short for the usual ones. Quote it: `*` means something else in YAML. A schedule that no day ever fits is an error too.",
    bad: 'flowctl: v1\nflow: hello\non: { schedule: "0 25 * * *" }\nsteps: [ { set: 1 } ]\n',
    good: 'flowctl: v1\nflow: hello\non: { schedule: "0 23 * * *" }\nsteps: [ { set: 1 } ]\n',
  },
  FC2041: {
    severity: "error",
    title: "Unknown time zone",
    explain: "A time zone has a name of the IANA database, such as `Europe/Berlin` or `America/New_York`, or is `UTC`. Abbreviations such as `CEST` and offsets are none: they do not say when the clock changes.",
    bad: 'flowctl: v1\nflow: hello\non: { schedule: "0 6 * * *", zone: Europe/Berlni }\nsteps: [ { set: 1 } ]\n',
    good: 'flowctl: v1\nflow: hello\non: { schedule: "0 6 * * *", zone: Europe/Berlin }\nsteps: [ { set: 1 } ]\n',
  },
  FC2042: {
    severity: "error",
    title: "Not a path for a request",
    explain:
      "The path of an `http` trigger begins with `/`. Between slashes stand words of letters, digits, `.`, `_`, `~` and `-`, or a field of the flow's input in braces: `/orders/{id}`. It has no query, and does not begin with `/runs`, where flowctl says how runs ended.",
    bad: "flowctl: v1\nflow: hello\non: { http: { method: POST, path: orders } }\ninput: string\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\non: { http: { method: POST, path: /orders } }\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
  FC2080: {
    severity: "error",
    title: "A union of types in a short form",
    explain:
      "`a | b` in a field is an enum of strings: `kind: web | file`. A name of a type among them would be read as the string of that name, so it is an error. A value of one of several types is written as a JSON Schema with `anyOf`.",
    bad: "flowctl: v1\nflow: hello\ntypes:\n  Card: { fields: { number: string } }\n  Pay: { fields: { by: Card | cash } }\ninput: Pay\nsteps: [ { set: \"${input.by}\" } ]\n",
    good: "flowctl: v1\nflow: hello\ntypes:\n  Pay: { fields: { by: card | cash } }\ninput: Pay\nsteps: [ { set: \"${input.by}\" } ]\n",
  },
  FC2090: {
    severity: "error",
    title: "Not supported by this version",
    explain:
      "The key belongs to the language, and this version of flowctl does not have it yet. It is an error rather than silently ignored, because the flow would do something else than it says. Leave it out, or use a newer version.",
    bad: "flowctl: v1\nflow: hello\ninput: string\ntrace: all\nsteps:\n  - { set: 1 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1 }\n",
  },
};

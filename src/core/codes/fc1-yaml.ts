import type { CodeTable } from "./entry.js";

const GOOD = "flowctl: v1\nflow: hello\ninput: { fields: { id: string, ok: boolean } }\nsteps:\n";

/** YAML: what makes a file unreadable, or reads otherwise than its author meant. */
export const FC1_YAML: CodeTable = {
  FC1001: {
    severity: "error",
    title: "The file is not plain text",
    explain:
      "A flow file is UTF-8 text. Control characters, bytes of another encoding and lone carriage returns are errors, because editors show them as nothing at all. Save the file as UTF-8; a control character that is really meant is written as an escape in double quotes, such as `\"\\u0007\"`.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: \"a\u0007b\" }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: \"a\\u0007b\" }\n",
  },
  FC1002: {
    severity: "error",
    title: "The file with what it brings in is too large or deep",
    explain:
      "A file holds at most 1 MB, 50,000 values and 64 levels of nesting, so that checking it takes moments and no file can stall the compiler. Split a large file: sections can be imported with `use`, flows can stand in files of their own. What files bring together has limits too: a flow has at most 20,000 steps with those of the flows that it calls, and 1,000 libraries behind prefixes, each counted as often as it stands there; a `parallel` has at most 1,000 branches.",
    bad: `flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: ${"[".repeat(70)}${"]".repeat(70)} }\n`,
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: [[]] }\n",
  },
  FC1003: {
    severity: "error",
    title: "The YAML cannot be read",
    explain:
      "Something stands where YAML does not allow it: a line without a `:`, a missing or a second comma, a bracket that closes nothing. Most often the cause is on this line or the one above. Text with brackets, quotes, `: ` or ` #` in it belongs into quotes, text over several lines behind `|`.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps\n  - { set: 1 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1 }\n",
  },
  FC1004: {
    severity: "error",
    title: "A tab is used for indentation",
    explain: "YAML counts columns, and a tab has no fixed width, so it may not stand where a line is indented. Use spaces; most editors can be told to insert them.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n\t- { set: 1 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1 }\n",
  },
  FC1005: {
    severity: "error",
    title: "A quote or bracket is not closed",
    explain:
      "The place is where it was opened. Inside `{ … }` and `[ … ]` an unquoted value ends at a comma or a bracket, and ` #` begins a comment that may hide the closing bracket: quote such values.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1\n  - { set: 2 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1 }\n  - { set: 2 }\n",
  },
  FC1006: {
    severity: "error",
    title: "The same key twice",
    explain: "A key may stand only once in a map; other YAML readers silently take the last one. Remove one of them, or rename it.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1, set: 2 }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { set: 1 }\n  - { set: 2 }\n",
  },
  FC1007: {
    severity: "error",
    title: "YAML anchors and aliases are not used",
    explain:
      "Anchors (`&x`), aliases (`*x`) and merge keys (`<<`) are not part of the language: a reader should see what a flow does where it stands. Share things by name instead: `types`, `policies`, agents with `extends`, libraries with `use`. Text that begins with `&` or `*` is quoted.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { id: a, set: &x { n: 1 } }\n  - { id: b, set: \"${steps.a}\" }\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - { id: a, set: { n: 1 } }\n  - { id: b, set: \"${steps.a}\" }\n",
  },
  FC1008: {
    severity: "error",
    title: "The value became a YAML tag",
    explain: "A value that begins with `!` is a tag for YAML, and what was meant is lost: `when: !x.ok` has no value at all. Quote the whole expression.",
    bad: `${GOOD}  - { when: !input.ok, set: 1 }\n`,
    good: `${GOOD}  - { when: "!input.ok", set: 1 }\n`,
  },
  FC1009: {
    severity: "error",
    title: "An unquoted hole inside braces",
    explain: "Inside `{ … }` and `[ … ]` the braces of `${…}` are read as a map. Quote the value: `\"${input}\"`. On a line of its own (`with: ${input}`) no quotes are needed.",
    bad: `${GOOD}  - { set: \${input.id} }\n`,
    good: `${GOOD}  - { set: "\${input.id}" }\n`,
  },
  FC1010: {
    severity: "error",
    title: "The value begins with a special character",
    explain:
      "A value that begins with a quote, `[` or `{` ends for YAML at the matching character, so nothing may follow it; `@`, `%`, a backquote, `|` and `>` cannot begin a value at all. Quote the whole value, with single quotes around if it holds double ones.",
    bad: `${GOOD}  - when: 'a' in ['a', input.id]\n    set: 1\n`,
    good: `${GOOD}  - when: "'a' in ['a', input.id]"\n    set: 1\n`,
  },
  FC1011: {
    severity: "error",
    title: "A colon inside an unquoted value",
    explain: "`: ` separates a key from its value, also in the middle of a ternary or a sentence. Quote the whole value.",
    bad: `${GOOD}  - when: input.ok ? true : false\n    set: 1\n`,
    good: `${GOOD}  - when: "input.ok ? true : false"\n    set: 1\n`,
  },
  FC1012: {
    severity: "error",
    title: "A comma or bracket in an unquoted value",
    explain:
      "Inside `{ … }` and `[ … ]` commas and brackets end an unquoted value, also those of a call or a list type: `{ when: f(x, y) }`, `{ ids: string[] }`. Quote the value, or write the map over several lines without braces.",
    bad: "flowctl: v1\nflow: hello\ninput: { fields: { ids: string[] } }\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: { fields: { ids: \"string[]\" } }\nsteps: [ { set: \"${input.ids}\" } ]\n",
  },
  FC1013: {
    severity: "error",
    title: "A comment swallows a part of the value",
    explain:
      "` #` begins a comment, so what stands behind it is not read. Where a prompt, a question or a message is followed by one, or the comment holds `${`, it was probably meant as text. Quote the value, or put the comment on a line of its own.",
    bad: `${GOOD}  - set: "x"\n  - fail:\n      code: rejected\n      message: order # \${input.id} is not ok\n`,
    good: `${GOOD}  - set: "x"\n  - fail:\n      code: rejected\n      message: "order # \${input.id} is not ok"\n`,
  },
  FC1014: {
    severity: "error",
    title: "A name that JavaScript keeps for itself",
    explain: "`__proto__`, `constructor` and `prototype` cannot be keys: programs that read the data afterwards can be made to misbehave by them. Choose another name.",
    bad: `${GOOD}  - set: { __proto__: 1 }\n`,
    good: `${GOOD}  - set: { proto: 1 }\n`,
  },
  FC1015: {
    severity: "error",
    title: "A key is missing or is not text",
    explain: "Keys are plain text in front of a `:`. YAML also allows maps, lists and nothing at all as keys; flow files do not.",
    bad: `${GOOD}  - { set: { : 1 } }\n`,
    good: `${GOOD}  - { set: { n: 1 } }\n`,
  },
  FC1016: {
    severity: "error",
    title: "A number that JSON cannot hold",
    explain:
      "All numbers are doubles, as in JSON: whole numbers are exact up to 9007199254740991, and there is no infinity. A longer number would silently become another one. Quote it, if it is an identifier.",
    bad: `${GOOD}  - { set: 9007199254740993 }\n`,
    good: `${GOOD}  - { set: "9007199254740993" }\n`,
  },
  FC1017: {
    severity: "error",
    title: "A YAML directive",
    explain: "Lines that begin with `%` in front of a document are directives for YAML readers. Flow files are YAML 1.2 and need none.",
    bad: "%YAML 1.2\n---\nflowctl: v1\nflow: hello\ninput: string\nsteps: [ { set: 1 } ]\n",
    good: "---\nflowctl: v1\nflow: hello\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
  FC1018: {
    severity: "error",
    title: "Unknown escape in double quotes",
    explain: "In double quotes a backslash begins an escape such as `\\n` or `\\u00e9`. A backslash itself is written `\\\\`; in single quotes it needs nothing: `'^\\d+$'`.",
    bad: "flowctl: v1\nflow: hello\ninput: { type: string, pattern: \"^\\d+$\" }\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: hello\ninput: { type: string, pattern: '^\\d+$' }\nsteps: [ { set: 1 } ]\n",
  },
  FC1019: {
    severity: "error",
    title: "The indentation does not fit",
    explain: "Keys of one map, and items of one list, begin in the same column; what belongs to a key stands deeper than it. A line that is deeper than a key with a value continues that value.",
    bad: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - id: a\n      set: 1\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps:\n  - id: a\n    set: 1\n",
  },
  FC1020: {
    severity: "error",
    title: "A key without a value inside braces",
    explain: "Inside `{ … }` every key has a value: `{ id: a }`. Often the word belongs to the value in front of it, which a comma has ended: quote that value.",
    bad: "flowctl: v1\nflow: { id: hello, summary: First, second }\ninput: string\nsteps: [ { set: 1 } ]\n",
    good: "flowctl: v1\nflow: { id: hello, summary: \"First, second\" }\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
  FC1021: {
    severity: "error",
    title: "The file is empty",
    explain: "There is nothing in the file but white space and comments. A flow file begins with `flowctl: v1`.",
    bad: "# a flow will stand here\n",
    good: "flowctl: v1\nflow: hello\ninput: string\nsteps: [ { set: 1 } ]\n",
  },
};

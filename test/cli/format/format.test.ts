import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/core/diagnostic.js";
import { formatGithub } from "../../../src/cli/format/github.js";
import { formatJson } from "../../../src/cli/format/json.js";
import { formatJunit } from "../../../src/cli/format/junit.js";
import { formatText } from "../../../src/cli/format/text.js";

const text = "flowctl: v1\nflow: x\nsteps:\n  - { id: score, agent: critc }\n";
const sources = new Map([["a.yaml", text], ["lib.yaml", "agents:\r\n  critic: {}\r\n"]]);
const at = (file: string, word: string) => {
  const start = (sources.get(file) ?? "").indexOf(word);
  return { file, start, end: start + word.length };
};
const unknown: Diagnostic = {
  code: "FC3002",
  severity: "error",
  message: "there is no agent `critc`",
  span: at("a.yaml", "critc"),
  related: [{ span: at("lib.yaml", "critic"), message: "`critic` is declared here" }],
  hint: "did you mean `critic`?",
  fix: { span: at("a.yaml", "critc"), text: "critic" },
};
const warning: Diagnostic = { code: "FC5010", severity: "warning", message: "100% odd: a, b", span: at("a.yaml", "flow: x"), related: [] };

describe("text", () => {
  it("shows place, sentence, caret, related place, hint and a count", () => {
    expect(formatText([warning, unknown], sources)).toBe(
      [
        "a.yaml:2:1: warning[FC5010]: 100% odd: a, b",
        "2 | flow: x",
        "  | ^^^^^^^",
        "",
        "a.yaml:4:25: error[FC3002]: there is no agent `critc`",
        "4 |   - { id: score, agent: critc }",
        "  |                         ^^^^^",
        "   note: lib.yaml:2:3: `critic` is declared here",
        "2 |   critic: {}",
        "  |   ------",
        "   hint: did you mean `critic`?",
        "",
        "1 error, 1 warning in 1 file",
        "",
      ].join("\n"),
    );
  });

  it("counts files when there is nothing to say", () => {
    expect(formatText([], sources)).toBe("no problems in 2 files\n");
  });

  it("has colours only when asked", () => {
    expect(formatText([unknown], sources)).not.toContain("\u001b");
    expect(formatText([unknown], sources, true)).toContain("\u001b[31;1merror[FC3002]:");
  });

  const caretUnder = (line: string, word: string): string => {
    const start = line.indexOf(word);
    const found = formatText(
      [{ ...warning, span: { file: "w.yaml", start, end: start + word.length } }],
      new Map([["w.yaml", line]]),
    ).split("\n");
    return `${found[1] ?? ""}\n${found[2] ?? ""}`;
  };

  it("puts the caret right behind tabs, wide and combining characters", () => {
    expect(caretUnder("\tkey: bad", "bad")).toBe("1 |     key: bad\n  |          ^^^");
    expect(caretUnder("名前: bad", "bad")).toBe("1 | 名前: bad\n  |       ^^^");
    expect(caretUnder("e\u0301: bad", "bad")).toBe("1 | e\u0301: bad\n  |    ^^^");
    expect(caretUnder("👩‍👩‍👧: bad", "👩‍👩‍👧")).toBe("1 | 👩‍👩‍👧: bad\n  | ^^");
  });

  it("never prints control characters of the file", () => {
    expect(caretUnder("a: \u001b[31mx bad", "bad")).toBe("1 | a: \ufffd[31mx bad\n  |           ^^^");
  });

  it("cuts a long line around the caret", () => {
    const long = `${"x".repeat(5000)}bad${"y".repeat(5000)}`;
    const [shown = "", marks = ""] = caretUnder(long, "bad").split("\n");
    expect(shown.length).toBeLessThan(120);
    expect(shown.startsWith("1 | …x")).toBe(true);
    expect(shown.endsWith("y…")).toBe(true);
    expect(shown.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("bad");
  });

  it("marks the first line of a span of many lines, and the end of a file", () => {
    const last = { file: "a.yaml", start: text.length, end: text.length };
    expect(formatText([{ ...warning, span: { file: "a.yaml", start: 12, end: text.length } }], sources)).toContain("2 | flow: x\n  | ^^^^^^^\n");
    expect(formatText([{ ...warning, span: last }], sources)).toContain("a.yaml:5:1:");
  });

  it("shows a problem in a file that could not be read", () => {
    expect(formatText([{ ...warning, span: { file: "gone.yaml", start: 0, end: 0 } }], sources)).toBe(
      "gone.yaml:1:1: warning[FC5010]: 100% odd: a, b\n\n1 warning in 1 file\n",
    );
  });
});

describe("json", () => {
  it("lists problems with places from 1, related places and the fix", () => {
    expect(JSON.parse(formatJson([unknown, warning], sources))).toEqual([
      {
        code: "FC3002",
        severity: "error",
        message: "there is no agent `critc`",
        file: "a.yaml",
        line: 4,
        column: 25,
        endLine: 4,
        endColumn: 30,
        hint: "did you mean `critic`?",
        related: [{ message: "`critic` is declared here", file: "lib.yaml", line: 2, column: 3, endLine: 2, endColumn: 9 }],
        fix: { line: 4, column: 25, endLine: 4, endColumn: 30, text: "critic" },
      },
      { code: "FC5010", severity: "warning", message: "100% odd: a, b", file: "a.yaml", line: 2, column: 1, endLine: 2, endColumn: 8, related: [] },
    ]);
    expect(formatJson([], sources)).toBe("[]\n");
  });
});

describe("github", () => {
  it("escapes what ends a command or a property", () => {
    expect(formatGithub([{ ...warning, span: { ...warning.span, file: "a,b:c.yaml" }, hint: "one\ntwo" }], new Map([["a,b:c.yaml", text]]))).toBe(
      "::warning file=a%2Cb%3Ac.yaml,line=2,endLine=2,col=1,endColumn=7,title=FC5010::100%25 odd: a, b%0Aone%0Atwo\n",
    );
  });
});

describe("junit", () => {
  it("has one case a file, failed by errors only", () => {
    const xml = formatJunit([unknown, warning], sources);
    expect(xml).toContain('<testsuite name="flowctl validate" tests="2" failures="1" errors="0">');
    expect(xml).toContain('<failure type="FC3002" message="there is no agent `critc`">4:25: FC3002: there is no agent `critc` (did you mean `critic`?)</failure>');
    expect(xml).toContain("<system-out>2:1: FC5010: 100% odd: a, b</system-out>");
    expect(xml).toContain('<testcase classname="flowctl.validate" name="lib.yaml"/>');
  });

  it("escapes text that is no XML", () => {
    expect(formatJunit([{ ...unknown, message: 'a < b & "c"\u0000' }], sources)).toContain('message="a &lt; b &amp; &quot;c&quot;\ufffd"');
  });
});

describe("a secret in plain text", () => {
  it("is not shown again, neither by its own problem nor by another of its line", () => {
    const line = "key: sk-abcdefgh, other: bad";
    const span = (word: string) => ({ file: "s.yaml", start: line.indexOf(word), end: line.indexOf(word) + word.length });
    const found = [
      { ...warning, code: "FC5020" as const, span: span("sk-abcdefgh") },
      { ...warning, span: span("bad") },
    ];
    const shown = formatText(found, new Map([["s.yaml", line]]));
    expect(shown).not.toContain("abcdefgh");
    expect(shown).toContain("1 | key: ***********, other: bad\n  |      ^^^^^^^^^^^\n");
    expect(shown).toContain("  |                          ^^^\n");
  });
});

import { expect, it } from "vitest";
import { formatSarif } from "../../../src/cli/format/sarif.js";
import { report } from "../../../src/core/codes/report.js";

const text = "flow: x\nsteps:\n  - { agent: critc }\n";
const at = (word: string) => ({ file: "./flows/a b.yaml", start: text.indexOf(word), end: text.indexOf(word) + word.length });

it("is SARIF 2.1.0 with rules from the table of codes, places, related places and fixes", () => {
  const log: unknown = JSON.parse(
    formatSarif(
      [
        report("FC5003", at("steps"), "never"),
        report("FC3001", at("critc"), "no such agent", { hint: "did you mean `critic`?", fix: { span: at("critc"), text: "critic" }, related: [{ span: at("flow"), message: "here" }] }),
        report("FC5003", at("flow"), "never"),
      ],
      new Map([["./flows/a b.yaml", text]]),
    ),
  );
  expect(log).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "flowctl", rules: [{ id: "FC3001", defaultConfiguration: { level: "error" } }, { id: "FC5003", shortDescription: { text: expect.any(String) } }] } },
        columnKind: "utf16CodeUnits",
        results: [
          { ruleId: "FC5003", ruleIndex: 1, locations: [{ physicalLocation: { artifactLocation: { uri: "flows/a%20b.yaml" }, region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 6 } } }] },
          {
            ruleId: "FC3001",
            ruleIndex: 0,
            message: { text: "no such agent (did you mean `critic`?)" },
            relatedLocations: [{ id: 0, message: { text: "here" } }],
            fixes: [{ artifactChanges: [{ replacements: [{ deletedRegion: { startLine: 3, startColumn: 14, endLine: 3, endColumn: 19 }, insertedContent: { text: "critic" } }] }] }],
          },
          { ruleId: "FC5003", ruleIndex: 1 },
        ],
      },
    ],
  });
});

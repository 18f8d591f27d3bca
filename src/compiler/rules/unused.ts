import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { CheckedFlow, Declaration } from "../types/checked.js";

const NOUN: Readonly<Record<Exclude<Declaration["section"], "topics">, string>> = {
  types: "type",
  models: "model",
  tools: "tool",
  agents: "agent",
  policies: "policy",
  tables: "table",
};

/** What this very document declares and nothing in it uses. A library's own names are for others. */
export function unused(flow: CheckedFlow): readonly Diagnostic[] {
  return flow.declarations
    .filter(({ own, used }) => own && !used)
    .map(({ section, name, span }) =>
      section === "topics"
        ? report("FC5031", span, `No trigger reads the topic \`${name}\`, no step emits to it, and it is nobody's \`dlq\``, {
            hint: "remove it, or `emit` to it; topics of other flows need no declaration here",
          })
        : report("FC5030", span, `The ${NOUN[section]} \`${name}\` is declared and never used`, { hint: "remove it, or use it" }),
    );
}

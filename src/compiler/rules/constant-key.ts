import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";
import { isWrite } from "./write-effects.js";

/** A step's own `key` drops run and path from the idempotency key: a constant makes all runs one write. */
export function constantKey(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const info = flow.steps.get(step);
    if (step.kind !== "tool" || step.key?.data !== "literal" || info?.node.kind !== "tool" || !isWrite(flow.draft.tools[step.tool])) return [];
    return [
      report("FC5015", info.node.key?.span ?? info.node.head, `The \`key\` of \`${step.id}\` is the same in every run, so all runs together write once`, {
        hint: "put into the key what makes the write one of its kind, for example `${input.id}`, or leave `key` out",
      }),
    ];
  });
}

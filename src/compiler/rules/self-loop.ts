import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { emittedBy } from "../../core/plan/emitted-topics.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";

/** A flow that sends each message to itself again, with nothing that could ever stop it. */
export function selfLoop(flow: CheckedFlow): readonly Diagnostic[] {
  const { triggers, body } = flow.draft;
  const endless = new Map(
    triggers.flatMap((trigger, index) =>
      trigger.kind === "topic" && trigger.where === undefined && trigger.dedupe === undefined ? [[trigger.topic, flow.head.on[index]] as const] : [],
    ),
  );
  for (const [index, trigger] of triggers.entries()) {
    if (trigger.kind !== "topic" || trigger.reply !== trigger.topic || !endless.has(trigger.topic)) continue;
    const written = flow.head.on[index];
    if (written?.kind === "topic" && written.reply !== undefined) return [report("FC5050", written.reply.span, `Every run answers on \`${trigger.topic}\`, which this flow itself reads: it never comes to rest`, { hint: "let it answer on another topic, which those who ask read" })];
  }
  for (const step of body.steps) {
    // A condition before it, or a step that can end the run, may be what bounds the loop.
    const canEnd = [...stepsIn({ steps: [step] })].some(({ kind }) => kind === "fail" || kind === "return");
    if (canEnd) return [];
    const asked = step.kind === "tool" ? flow.draft.tools[step.tool] : undefined;
    const [topic, ...others] = asked?.kind === "request" ? [asked.topic] : emittedBy(step);
    if (step.when !== undefined || topic === undefined || others.length > 0 || !endless.has(topic)) continue;
    const head = flow.steps.get(step)?.node.head;
    const trigger = endless.get(topic);
    if (head === undefined) return [];
    return [
      report("FC5050", head, `Every run ${asked === undefined ? "emits to" : "asks on"} \`${topic}\`, which this flow itself reads: it never comes to rest`, {
        hint: "bound it: `where: msg.depth < 5` at the trigger, or a `when` at the step",
        related: trigger === undefined ? [] : [{ span: trigger.span, message: `\`${topic}\` is read here` }],
      }),
    ];
  }
  return [];
}

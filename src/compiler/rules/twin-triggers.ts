import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { TriggerPlan } from "../../core/plan/flow-plan.js";
import type { CheckedFlow } from "../types/checked.js";

/** I17: a tick is one run, a request starts one, and a group has each message once: what one trigger drops the other one never sees. */
export function twinTriggers(flow: CheckedFlow): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return flow.draft.triggers.flatMap((trigger, index) => {
    const is = identity(trigger);
    if (is === null) return [];
    const before = first.get(is);
    first.set(is, before ?? index);
    const [here, there] = [flow.head.on[index], before === undefined ? undefined : flow.head.on[before]];
    if (here === undefined || there === undefined) return [];
    if (trigger.kind === "topic") {
      const hint = `give one of them a group of its own, \`group: ${trigger.group}-2\`; or read the topic once, and tell its messages apart with a \`switch\``;
      return [report("FC5090", here.span, `Two triggers read \`${trigger.topic}\` as the group \`${trigger.group}\`: each message reaches one of them, also where its \`where\` drops it and the other one would not`, { hint, related: [{ span: there.span, message: "the other one" }] })];
    }
    const what = trigger.kind === "http" ? `\`${trigger.method} ${trigger.path}\` is answered by one run` : "A tick is one run";
    return [report("FC5090", here.span, `${what}: this trigger is an earlier one again`, { hint: "leave one of them out", related: [{ span: there.span, message: "the earlier one" }] })];
  });
}

function identity(trigger: TriggerPlan): string | null {
  if (trigger.kind === "topic") return `${trigger.topic} ${trigger.group}`;
  if (trigger.kind === "schedule") return `${trigger.cron} ${trigger.zone}`;
  return trigger.kind === "http" ? `${trigger.method} ${trigger.path.replaceAll(/\{\w+\}/g, "{}")}` : null;
}

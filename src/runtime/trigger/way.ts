import type { EventMap, Origin } from "../../core/event.js";
import type { TriggerPlan } from "../../core/plan/flow-plan.js";

/** What the runs of one trigger have in common, over versions of their flow: they share its slots. Null: by hand. */
export type Way = string | null;

export function wayOf(trigger: TriggerPlan): Way {
  switch (trigger.kind) {
    case "manual":
      return null;
    case "topic":
      return trigger.topic;
    case "schedule":
      return `${trigger.cron} ${trigger.zone}`;
    case "http":
      return `${trigger.method} ${trigger.path}`;
  }
}

export function wayOfRun({ source, origin }: EventMap["run.admitted"]): Way {
  return origin === undefined ? (source?.topic ?? null) : wayOfOrigin(origin);
}

export function wayOfOrigin(origin: Origin): string {
  return origin.kind === "http" ? `${origin.method} ${origin.path}` : `${origin.cron} ${origin.zone}`;
}

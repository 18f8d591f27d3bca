import type { RunEvent } from "../../core/event.js";
import { isJsonObject } from "../../core/json.js";
import type { FlowPlan, ToolPlan } from "../../core/plan/flow-plan.js";
import type { Path } from "../../core/run-id.js";
import { stepsIn } from "../../core/plan/blocks.js";

/** The tool that is called at a path, by a step or by an agent; null where that cannot be told. */
export function toolAt(plan: FlowPlan, events: readonly RunEvent[], path: Path): ToolPlan | null {
  const call = /^(.*~\d+)\.(\d+)$/.exec(path);
  const name = call === null ? toolOfStep(plan, path) : toolOfCall(events, call[1] ?? "", Number(call[2]));
  return name === null ? null : (plan.tools[name] ?? null);
}

/** Tool calls stand in the model's answer by index. */
function toolOfCall(events: readonly RunEvent[], path: Path, index: number): string | null {
  const answered = events.find((event) => event.type === "model.completed" && event.path === path);
  const answer = answered?.type === "model.completed" ? answered.data.answer : null;
  const calls = answer !== null && isJsonObject(answer) ? answer.toolCalls : undefined;
  const one = Array.isArray(calls) ? calls[index] : undefined;
  return one !== undefined && isJsonObject(one) && typeof one.name === "string" ? one.name : null;
}

/** Steps of this id, wherever they stand: all of one tool, or nobody can tell. */
function toolOfStep(plan: FlowPlan, path: Path): string | null {
  const id = /([^/]*)$/.exec(path)?.[1]?.replace(/\^\d+$/, "") ?? "";
  const tools = new Set<string>();
  for (const step of stepsIn(plan.body)) if (step.kind === "tool" && step.id === id) tools.add(step.tool);
  const [only] = tools;
  return tools.size === 1 && only !== undefined ? only : null;
}

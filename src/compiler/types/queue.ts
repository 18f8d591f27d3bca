import type { Data } from "../../core/expression.js";
import type { QueuePlan, StepPlan } from "../../core/plan/step.js";
import { SITE_KEY } from "../../core/queues.js";
import type { Located, StepNode } from "../shape/ast.js";
import type { CalledDraft } from "./checked.js";
import { TEXT, typeData } from "./data.js";
import type { Place } from "./expression.js";
import { fit } from "./fit.js";
import type { FlowCheck } from "./flow-check.js";
import type { CheckedKind } from "./outcome.js";

/** The queue that a step names, else the one that its agent or tool declares; null: it is done where the run is. */
export function checkQueue(cx: FlowCheck, node: StepNode, place: Place, kind: CheckedKind): Omit<QueuePlan, "as"> | null {
  if (!QUEUED.has(kind.part.kind)) return null;
  const { queue } = node;
  const name = queue?.name ?? agreed(cx, node, kind.queues ?? []);
  if (name === null || (kind.part.kind === "tool" && kind.pure)) return null;
  const key = queue?.key === undefined ? null : typeData(place, queue.key);
  if (key !== null) fit(cx.problems, key, { type: TEXT, schema: () => ({ pattern: SITE_KEY.source }), what: "the key of a queue (a text of letters, digits, `_` and `-`)" });
  return { name: name.value, ...(key === null ? {} : { key: key.data }) };
}

const QUEUED: ReadonlySet<StepPlan["kind"]> = new Set(["agent", "tool", "call"]);

/** One of several agents is picked: they are on one queue, or the step says on which. */
function agreed(cx: FlowCheck, node: StepNode, queues: NonNullable<CheckedKind["queues"]>): Located<string> | null {
  const [first = null] = queues;
  const other = queues.find((one) => one?.value !== first?.value);
  if (other === undefined) return first;
  cx.problems.report("FC5110", node.head, "The agents that this step picks from are on different queues, or only some of them are on one", { hint: "write `queue:` at the step" });
  return null;
}

/** A step of a queue is the only one of a flow of its own: what stands around it stays where the run is. */
export function queuedStep(cx: FlowCheck, step: StepPlan, queue: Omit<QueuePlan, "as">, path: string): QueuePlan {
  if (step.kind === "call") return { ...queue, as: step.run?.as ?? "" };
  const { queued, parts } = cx.shared;
  const wanted = `${cx.owner}/${path}`;
  let as = wanted;
  for (let n = 2; queued.has(as); n += 1) as = `${wanted}~${n}`;
  const draft: CalledDraft = {
    id: wanted,
    release: cx.document.file.flow?.version ?? "",
    input: parts.schema(`flows.${as}.input`, true),
    body: { steps: [alone(step, cx)] },
  };
  queued.set(as, draft);
  return { ...queue, as };
}

/** Its input is the flow's; its key, and which agent it is, come with the task. */
function alone(step: StepPlan, { onUnknown }: FlowCheck): StepPlan {
  const { id, policy } = step;
  const common = { id, with: INPUT, pure: false, ...(policy === undefined ? {} : { policy }) };
  if (step.kind === "agent") return { ...common, kind: "agent", agent: step.agent };
  if (step.kind !== "tool") throw new TypeError(`a ${step.kind} step has no queue`);
  const unknown = step.onUnknown ?? onUnknown?.value;
  return { ...common, kind: "tool", tool: step.tool, ...(unknown === undefined ? {} : { onUnknown: unknown }) };
}

const INPUT: Data = { data: "hole", expr: { text: "input", ast: { op: "var", name: "input", at: [0, 5] } } };

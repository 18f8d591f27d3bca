import { stepsIn } from "../../core/plan/blocks.js";
import { emittedBy } from "../../core/plan/emitted-topics.js";
import type { FlowPlan, SchemaId } from "../../core/plan/flow-plan.js";
import { waitedTopics } from "../../core/plan/waited-topics.js";
import { compileValidator } from "../../schema/validator.js";
import { CommandError, EXIT } from "../exit.js";
import type { Fed, Feed } from "./feed.js";

/** Where messages can come in: a topic that a loaded flow reads, or a flow that is started by hand. */
export interface Entrance {
  readonly kind: "topic" | "flow";
  readonly name: string;
  /** A loaded flow emits to this topic: people rarely feed it by hand. */
  readonly inner: boolean;
  readonly accepts: (value: unknown) => boolean;
}
export type Target = Pick<Entrance, "kind" | "name">;

export function entrances(plans: readonly FlowPlan[]): readonly Entrance[] {
  const emitted = new Set(plans.flatMap(emittedTopics));
  const found = new Map<string, Entrance>();
  for (const plan of plans) {
    const accepts = (schema: SchemaId) => (value: unknown) => compileValidator(plan.schemas[schema] ?? true)(value) === null;
    for (const trigger of plan.triggers) {
      if (trigger.kind === "topic") found.set(trigger.topic, { kind: "topic", name: trigger.topic, inner: emitted.has(trigger.topic), accepts: accepts(trigger.message) });
    }
    for (const topic of waitedTopics(plan)) if (!found.has(topic)) found.set(topic, { kind: "topic", name: topic, inner: true, accepts: accepts(plan.topics[topic]?.message ?? "") });
    const manual = plan.triggers.find(({ kind }) => kind === "manual");
    if (manual !== undefined || plan.triggers.length === 0) found.set(plan.id, { kind: "flow", name: plan.id, inner: false, accepts: accepts(manual?.kind === "manual" ? manual.message : plan.input) });
    else if (!found.has(plan.id)) found.set(plan.id, { kind: "flow", name: plan.id, inner: plan.triggers.some(({ kind }) => kind === "topic"), accepts: accepts(plan.input) });
  }
  return [...found.values()];
}

/** The entrance that a feed names, else the one that fits. */
export async function chooseTarget(feed: Feed, places: readonly Entrance[]): Promise<Target> {
  const named = places.find(({ name }) => name === feed.name);
  if (named !== undefined) return named;
  const outer = places.filter(({ inner }) => !inner);
  const [only] = outer;
  if (outer.length === 1 && only !== undefined) return only;
  const first = await beginning(feed);
  const fitting = outer.filter(({ accepts }) => first.some(({ body }) => isAccepted(body, accepts)));
  const [fit] = fitting;
  if (fitting.length === 1 && fit !== undefined) return fit;
  const names = (fitting.length > 1 ? fitting : outer.length > 0 ? outer : places).map(({ name }) => `\`-i ${name}=…\``);
  throw new CommandError(EXIT.usage, `it is not clear where the input of \`-i\` goes (${feed.source})`, `name the topic or flow: ${names.join(", ")}`);
}

/** So much of it is looked at. */
async function beginning({ parts }: Feed): Promise<readonly Fed[]> {
  for await (const part of parts()) return part;
  return [];
}

function isAccepted(body: string, accepts: Entrance["accepts"]): boolean {
  try {
    return accepts(JSON.parse(body));
  } catch {
    return false;
  }
}

/** Every topic that a flow can emit to. */
export const emittedTopics = ({ body }: FlowPlan): readonly string[] => [...stepsIn(body)].flatMap(emittedBy);

import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { Entry, Located } from "../shape/ast.js";

interface Topics {
  readonly topic?: Located<string>;
  readonly keys?: readonly Located<string>[];
}

/** Each queue has topics of its own: workers of one would take the tasks of the other, and not do them. */
export function sharedTopics(queues: readonly Entry<Topics>[]): readonly Diagnostic[] {
  const first = new Map<string, Located<string>>();
  return queues.flatMap(({ name, value: { topic, keys = [] } }) => {
    if (topic === undefined) return [];
    const all = [topic.value, ...keys.map(({ value }) => `${topic.value}.${value}`)];
    const taken = all.find((one) => first.has(one));
    const other = taken === undefined ? undefined : first.get(taken);
    if (other === undefined) {
      for (const one of all) first.set(one, name);
      return [];
    }
    return [report("FC5114", topic.span, `Tasks of \`${name.value}\` would be on \`${taken}\`, where those of \`${other.value}\` are`, { hint: "give each queue a topic of its own, or one queue to the steps of both", related: [{ span: other.span, message: `\`${other.value}\` is declared here` }] })];
  });
}

import { find, type Declared } from "../../names/namespace.js";
import type { FlowCheck } from "../flow-check.js";

/** A topic that is its own dead-letter topic, or one of several that are each other's: said at the first of them. */
export function checkDeadLetters(cx: FlowCheck, declared: Declared<"topics">): void {
  const { dlq } = declared.value;
  const circle = circleFrom(declared);
  if (dlq === undefined || circle === null || circle.some((other) => isBefore(other, declared))) return;
  const [, ...others] = circle;
  cx.problems.report(
    "FC5093",
    dlq.span,
    others.length === 0
      ? `\`${declared.name}\` is its own dead-letter topic: a message that does not fit it comes back as a letter that does not fit it either`
      : `\`${declared.name}\` and ${others.map(({ name }) => `\`${name}\``).join(", ")} are each other's dead-letter topics: what fits neither goes from one to the other, a larger letter each time`,
    { hint: `write \`dlq: ${declared.name}.dlq\`; that topic need not be declared`, related: others.flatMap(({ name, value }) => (value.dlq === undefined ? [] : [{ span: value.dlq.span, message: `the dead-letter topic of \`${name}\`` }])) },
  );
}

/** The topics from this one through their dead-letter topics back to it; null where they end. */
function circleFrom(first: Declared<"topics">): readonly Declared<"topics">[] | null {
  const chain = [first];
  for (let at = first; at.value.dlq !== undefined; ) {
    const next = find(at.home, "topics", at.value.dlq.value);
    if (next === first) return chain;
    if (next === null || next === "unknown" || chain.includes(next)) return null;
    chain.push(next);
    at = next;
  }
  return null;
}

const isBefore = ({ span: one }: Declared<"topics">, { span: other }: Declared<"topics">): boolean => (one.file === other.file ? one.start < other.start : one.file < other.file);

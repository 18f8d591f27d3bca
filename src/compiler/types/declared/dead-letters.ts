import { find, type Declared } from "../../names/namespace.js";
import { assignable } from "../../../core/typing/assign.js";
import type { FlowCheck } from "../flow-check.js";
import { builtinShape, shapeOf } from "../shape-of.js";

export function checkDeadLetters(cx: FlowCheck, declared: Declared<"topics">): void {
  const circle = circleFrom(declared);
  if (circle === null) checkLetters(cx, declared);
  else checkCircle(cx, declared, circle);
}

/** Who reads the dead-letter topic gets letters: where they do not fit its `message`, none ever arrives. */
function checkLetters(cx: FlowCheck, { value: { dlq }, home }: Declared<"topics">): void {
  const to = dlq === undefined ? null : find(home, "topics", dlq.value);
  if (dlq === undefined || to === null || to === "unknown" || to.value.message === undefined || circleFrom(to) !== null) return;
  const mismatch = assignable(builtinShape(cx, "DeadLetter").type, shapeOf(cx, to.value.message, to.home).type);
  if (mismatch === null) return;
  cx.problems.report("FC4001", dlq.span, `Dead letters do not fit the message of \`${to.name}\`: ${mismatch.path.length === 0 ? "" : `\`${mismatch.path.join(".")}\`: `}${mismatch.message}`, {
    hint: `what goes there is a \`DeadLetter\`: write \`message: DeadLetter\` for \`${to.name}\`, or no \`message\``,
    related: [{ span: to.value.message.span, message: `the message of \`${to.name}\` is declared here` }],
  });
}

/** A topic that is its own dead-letter topic, or one of several that are each other's: said at the first of them. */
function checkCircle(cx: FlowCheck, declared: Declared<"topics">, circle: readonly Declared<"topics">[]): void {
  const { dlq } = declared.value;
  if (dlq === undefined || circle.some((other) => isBefore(other, declared))) return;
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

import type { Span } from "../../core/diagnostic.js";
import type { Problems } from "../problems.js";
import type { BlockNode, StepNode } from "../shape/ast.js";

export interface StepIds {
  readonly of: ReadonlyMap<StepNode, string>;
  /** Ids that mean two steps: that is said once, and reading them says nothing more. */
  readonly ambiguous: ReadonlySet<string>;
}

/**
 * The id of every step of a flow: as written, else `<kind><n>`, the n-th of its kind in its block (I6).
 * Written ids are unique in the flow, and none may look like the default one of another step.
 */
export function stepIds(problems: Problems, body: BlockNode): StepIds {
  const ids = new Map<StepNode, string>();
  const written = new Map<string, Span>();
  const defaults = new Map<string, Span>();
  const ambiguous = new Set<string>();
  for (const block of blocksOf(body)) {
    const counts = new Map<string, number>();
    for (const step of block.steps) {
      const count = (counts.get(step.kind) ?? 0) + 1;
      counts.set(step.kind, count);
      if (step.id === undefined) {
        const id = `${step.kind}${count}`;
        ids.set(step, id);
        if (!defaults.has(id)) defaults.set(id, step.head);
        continue;
      }
      const { value: id, span } = step.id;
      ids.set(step, id);
      const other = written.get(id);
      if (other === undefined) {
        written.set(id, span);
        continue;
      }
      const [first, second] = other.start < span.start ? [other, span] : [span, other];
      written.set(id, first);
      ambiguous.add(id);
      problems.report("FC3003", second, `Two steps have the id \`${id}\`: ids are unique in a flow`, { related: [{ span: first, message: `\`${id}\` is here first` }], hint: "rename one of them" });
    }
  }
  for (const [id, span] of written) {
    const other = defaults.get(id);
    if (other === undefined) continue;
    ambiguous.add(id);
    problems.report("FC3009", span, `\`${id}\` is also the name of a step that has no \`id\``, { related: [{ span: other, message: `this step is \`${id}\` by default` }], hint: "give one of them another id" });
  }
  return { of: ids, ambiguous };
}

/** All blocks of a flow, the outer ones first. */
export function* blocksOf(block: BlockNode): Generator<BlockNode> {
  yield block;
  for (const clause of block.catch ?? []) yield* blocksOf(clause.block);
  for (const step of block.steps) {
    for (const inner of innerBlocks(step)) yield* blocksOf(inner);
    for (const clause of step.catch ?? []) yield* blocksOf(clause.block);
    if ("compensate" in step && step.compensate !== undefined) yield* blocksOf(step.compensate);
  }
}

/** The blocks of a step but those of its `catch` and its `compensate`. */
export function innerBlocks(step: StepNode): readonly BlockNode[] {
  switch (step.kind) {
    case "switch":
      return step.cases.map(({ block }) => block);
    case "parallel":
      return step.branches.map(({ block }) => block);
    case "map":
    case "loop":
    case "saga":
      return [step.block];
    case "agent":
    case "tool":
    case "set":
    case "emit":
    case "call":
    case "ask":
    case "wait":
    case "get":
    case "put":
    case "fail":
    case "return":
      return [];
  }
}

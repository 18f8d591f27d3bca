import type { BlockNode, CatchNode, CelNode, DataNode, DurationNode, Located, StepNode } from "../ast.js";
import type { Node } from "../../parse/tree.js";
import type { Span } from "../../../core/diagnostic.js";
import { either, firstKey, list } from "../forms/combine.js";
import { built, named, type Form } from "../forms/form.js";
import { keys, may, must } from "../forms/keys.js";
import { CODE, name } from "../forms/names.js";
import { DURATION } from "../forms/scalars.js";
import { CEL, DATA } from "../forms/values.js";
import { stepList, type StepList } from "./step-list.js";

/** Block := [steps] | { do?, value?, catch?, timeout?, lock? }. */
export type Blocks = ReturnType<typeof blocks>;

interface BlockParts {
  readonly when?: CelNode;
  readonly do?: StepList;
  readonly value?: DataNode;
  readonly catch?: readonly CatchNode[];
  readonly timeout?: DurationNode;
  readonly lock?: CelNode;
}

export const blockNode = (span: Span, parts: BlockParts): BlockNode => ({
  span,
  steps: parts.do?.steps ?? [],
  hasDo: parts.do !== undefined,
  ...(parts.when === undefined ? {} : { when: parts.when }),
  ...(parts.value === undefined ? {} : { value: parts.value }),
  ...(parts.catch === undefined ? {} : { catch: parts.catch }),
  ...(parts.timeout === undefined ? {} : { timeout: parts.timeout }),
  ...(parts.lock === undefined ? {} : { lock: parts.lock }),
  ...(parts.do?.broken === true ? { broken: true } : {}),
});

const CODE_LIST: Form<readonly Located<string>[]> = list(name(CODE), 1);
/** `[code, …]`, `[any]` or `any`. */
const CODES: Form<readonly Located<string>[] | "any"> = {
  outline: { is: "either", of: [CODE_LIST.outline, { is: "word", words: ["any"] }] },
  read: (node, at) => {
    if (node.kind === "scalar" && node.text === "any") return "any";
    const codes = CODE_LIST.read(node, at);
    return codes?.some(({ value }) => value === "any") === true ? "any" : codes;
  },
};

/** The forms of blocks over the form of a step, which holds blocks itself. */
export function blocks(step: Form<StepNode>) {
  const steps = stepList(step);
  const DO = may(steps, "The steps of this block, in order. An empty list does nothing.", { example: "[ { set: 1 } ]" });
  const VALUE = may(DATA, "What the block yields; without it, the output of its last step.", { example: '"${steps.answer}"' });

  const CLAUSE = keys("a catch clause", {
    on: must(
      CODES,
      "The error codes that this clause takes, or `[any]`. The first clause that fits is run.",
      { example: "[timeout, unavailable]" },
    ),
    do: may(steps, "Steps that run instead. `error` holds `code`, `message`, `step`, `attempts` and, where one code is listed, its typed `data`."),
    value: may(DATA, "What the step or block yields when this clause ran; with `do: []` and no `value` it yields nothing, and its output is optional."),
    timeout: may(DURATION, "The longest time that the clause may take."),
    lock: may(CEL, "One holder of this text over all runs, while the clause runs."),
  });
  const catchList: Form<readonly CatchNode[]> = list(
    built(CLAUSE, ({ on, ...parts }, node, at) =>
      hasContent(parts, node, "a catch clause", at.report) ? { span: node.span, on, block: blockNode(node.span, parts) } : undefined,
    ),
    1,
  );

  const catches = named("catch", () => catchList);

  const blockKeys = {
    do: DO,
    value: VALUE,
    catch: may(catches, "What happens when a step of this block fails.", { example: "[ { on: [timeout], value: null } ]" }),
    timeout: may(DURATION, "The longest time that the block may take, retries and waiting included."),
    lock: may(CEL, "One holder of this text over all runs, while the block runs; others wait, first come first served.", { example: "input.account" }),
  };
  const fromList: Form<BlockNode> = built(steps, (list, node) => blockNode(node.span, { do: list }));
  const blockForm = either({
    list: fromList,
    map: built(keys("a block", blockKeys), (parts, node, at) => (hasContent(parts, node, "a block", at.report) ? blockNode(node.span, parts) : undefined)),
  });
  const block = named("block", () => blockForm);
  return { step, steps, block, fromList, catches, blockKeys, DO, VALUE };
}

type Report = Parameters<Parameters<typeof built>[1]>[2]["report"];
/** A block has at least one of `do` and `value`. */
export function hasContent(parts: BlockParts, node: Node, called: string, report: Report): boolean {
  if (parts.do !== undefined || parts.value !== undefined) return true;
  report("FC2013", firstKey(node), `${called} needs \`do\` or \`value\``, { hint: "write `do: [ … ]` with its steps, or `value:` with what it yields; `do: []` does nothing" });
  return false;
}

import { joinAll } from "../../../core/typing/join.js";
import type { StepNode } from "../../shape/ast.js";
import { coverage } from "../coverage.js";
import { checkCondition } from "../expression.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, STEP_RAISES } from "../raises.js";
import { finished } from "../hidden.js";
import type { KindPlace } from "./place.js";

export function checkSwitch(cx: FlowCheck, node: StepNode & { readonly kind: "switch" }, { path, place }: KindPlace): CheckedKind {
  const { lexical } = cx;
  const id = path.slice(path.lastIndexOf("/") + 1);
  const mark = lexical.enter();
  const covers = coverage(place);
  const cases = node.cases.map(({ when, block }) => {
    const test = when === undefined ? undefined : checkCondition(place, when, "when");
    if (test !== undefined) covers.add(test);
    const inside = lexical.enter();
    if (test !== undefined) lexical.assume(test.whenTrue);
    const result = cx.block(cx, block, { path, over: (inner) => finished(inner, id) });
    lexical.leave(inside);
    // A later case is looked at only when this one did not hold.
    if (test !== undefined) lexical.assume(test.whenFalse);
    return { test, result };
  });
  lexical.leave(mark);
  const results = cases.map(({ result }) => result);
  const going = results.filter(({ diverges }) => !diverges);
  const total = cases.some(({ test }) => test === undefined) || covers.complete();
  // A test that went wrong may be the one that completes them.
  const unsure = cases.some(({ test }) => test?.type.kind === "never");
  const silent = going.find(({ nothing }) => nothing !== null);
  return {
    part: { kind: "switch", cases: cases.map(({ test, result }) => ({ ...(test === undefined ? {} : { when: test.expr }), block: result.plan })) },
    type: joinAll(going.map(({ type }) => type)),
    sources: going.flatMap((each) => each.sources ?? []),
    nothing: !total && !unsure ? "the switch has no `else`" : silent === undefined ? null : `a case of the switch yields nothing`,
    diverges: total && going.length === 0,
    raises: allRaises([STEP_RAISES, ...results.map(({ raises }) => raises)]),
    pure: results.every(({ pure }) => pure),
    writes: results.some(({ writes }) => writes),
  };
}

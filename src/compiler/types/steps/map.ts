import { ANY, INTEGER, listOf, NEVER, NULL, objectOf, resolve, type Type } from "../../../core/type.js";
import { join } from "../../../core/typing/join.js";
import { cancelsRest } from "../../plan/cancellable.js";
import type { CelNode, StepNode } from "../../shape/ast.js";
import { CAUSE } from "../catch.js";
import { checkKey, type CheckedCel, type Place } from "../expression.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import { finished } from "../hidden.js";
import { checkVariable } from "../variable.js";
import { checkJoin, type Join } from "./join.js";
import type { KindPlace } from "./place.js";

export function checkMap(cx: FlowCheck, node: StepNode & { readonly kind: "map" }, { path, place }: KindPlace): CheckedKind {
  const id = path.slice(path.lastIndexOf("/") + 1);
  const { over, items } = checkOver(place, node.over);
  const joined = checkJoin(place, node.join);
  const as = checkVariable(cx, node.as, "item");
  const mark = cx.lexical.enter();
  cx.lexical.bind(as, items);
  cx.lexical.bind("index", INTEGER);
  const body = cx.block(cx, node.block, { path, over: (inner) => finished(inner, id) });
  cx.lexical.leave(mark);
  // An item whose body gives nothing still has its place in the list.
  const value = body.nothing === null ? body.type : join(body.type, NULL);
  const joining = { join: joined.plan, rest: node.rest?.value ?? ("cancel" as const), ...(node.concurrency === undefined ? {} : { concurrency: node.concurrency }) };
  return {
    part: { kind: "map", over: over.expr, as, ...joining, block: body.plan, ...(body.writes && cancelsRest(joining) ? { undo: true as const } : {}) },
    type: resultOf(joined, value),
    nothing: null,
    diverges: false,
    raises: allRaises([STEP_RAISES, raisesOf("join"), body.raises]),
    pure: joined.kind !== "first" && body.pure,
    writes: body.writes,
  };
}

function resultOf({ kind }: Join, value: Type): Type {
  switch (kind) {
    case "all":
      return listOf(value);
    case "settled":
      return objectOf({ ok: listOf(value), failed: listOf(CAUSE) });
    case "unknown":
      return NEVER;
    case "first":
      return objectOf({ winner: INTEGER, all: listOf(value) });
  }
}

/** The list that is gone through, and what its elements are. */
export function checkOver(place: Place, node: CelNode): { readonly over: CheckedCel; readonly items: Type } {
  const over = checkKey(place, node, "over", { kind: "list", items: ANY }, "a list");
  const type = resolve(over.type);
  if (type.kind === "list") return { over, items: type.items };
  if (type.kind === "union") return { over, items: type.of.map((member) => resolve(member)).flatMap((member) => (member.kind === "list" ? [member.items] : [])).reduce(join, NEVER) };
  return { over, items: type.kind === "any" ? type : NEVER };
}

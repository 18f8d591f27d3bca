import type { Span } from "../../../core/diagnostic.js";
import { NEVER } from "../../../core/type.js";
import type { DataNode } from "../../shape/ast.js";
import { impliedData, typeData, type TypedData } from "../data.js";
import { fit } from "../fit.js";
import type { Expected } from "../expected.js";
import type { FlowCheck } from "../flow-check.js";
import type { Place } from "../expression.js";

/** `with`, else `${input}`; it must fit every one that may be chosen. */
export function checkInput(cx: FlowCheck, place: Place, node: DataNode | undefined, head: Span, takers: readonly Expected[]): TypedData {
  const data = node === undefined ? impliedData(head, ["input"], cx.lexical.vars.get("input") ?? NEVER) : typeData(place, node);
  if (node === undefined) place.reads.push({ path: ["input"], span: head });
  for (const expected of takers) {
    if (!fit(cx.problems, data, expected)) break;
  }
  return data;
}

import { NEVER } from "../../../core/type.js";
import type { DataNode, StepNode } from "../../shape/ast.js";
import { checkCompensate } from "../compensate.js";
import { typeData, type TypedData } from "../data.js";
import { resolveTable, type TableInfo } from "../declared/tables.js";
import { fit } from "../fit.js";
import type { FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, raisesOf, STEP_RAISES } from "../raises.js";
import type { KindPlace } from "./place.js";

export function checkGet(cx: FlowCheck, node: StepNode & { readonly kind: "get" }, { place }: KindPlace): CheckedKind {
  const table = resolveTable(cx, node.table);
  const key = keyOf(cx, place, node.key, table);
  return {
    part: { kind: "get", table: table?.name ?? node.table.value, key: key.data },
    type: table?.value.type ?? NEVER,
    nothing: table === null ? null : `\`${node.table.value}\` may have no such row`,
    diverges: false,
    // What another version of the flow has put need not fit.
    raises: allRaises([STEP_RAISES, raisesOf("invalid_input", "invalid_output")]),
    pure: false,
    writes: false,
  };
}

export function checkPut(cx: FlowCheck, node: StepNode & { readonly kind: "put" }, { path, place }: KindPlace): CheckedKind {
  const table = resolveTable(cx, node.table);
  const key = keyOf(cx, place, node.key, table);
  const value = typeData(place, node.with);
  if (table !== null) fit(cx.problems, value, table.value);
  const expected = node.if === undefined ? null : typeData(place, node.if);
  // That it may be absent is what it is for.
  if (table !== null && expected !== null) fit(cx.problems, { ...expected, absent: false }, { ...table.value, what: `what was read of \`${node.table.value}\`` });
  const type = value.failed ? NEVER : value.type;
  const compensate = node.compensate === undefined ? null : checkCompensate(cx, node.compensate, { path, output: { type } });
  return {
    part: {
      kind: "put",
      table: table?.name ?? node.table.value,
      key: key.data,
      with: value.data,
      ...(expected === null ? {} : { if: expected.data }),
      ...(compensate === null ? {} : { compensate }),
      ...(node.pivot === undefined ? {} : { pivot: true }),
    },
    type,
    nothing: null,
    diverges: false,
    raises: allRaises([STEP_RAISES, raisesOf("invalid_input"), node.if === undefined ? new Map() : raisesOf("conflict")]),
    pure: false,
    writes: true,
  };
}

function keyOf(cx: FlowCheck, place: KindPlace["place"], node: DataNode, table: TableInfo | null): TypedData {
  const key = typeData(place, node);
  if (table !== null) fit(cx.problems, key, table.key);
  return key;
}

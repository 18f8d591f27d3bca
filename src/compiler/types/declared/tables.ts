import type { TablePlan } from "../../../core/plan/flow-plan.js";
import { STRING } from "../../../core/type.js";
import { assignable } from "../../../core/typing/assign.js";
import type { Declared } from "../../names/namespace.js";
import { resolveName } from "../../names/resolve.js";
import type { Located } from "../../shape/ast.js";
import { TEXT } from "../data.js";
import type { Expected } from "../expected.js";
import type { FlowCheck } from "../flow-check.js";
import { shapeOf } from "../shape-of.js";

export interface TableInfo {
  /** The table in the store: a library's prefix is a name in the file, not of the table. */
  readonly name: string;
  readonly key: Expected;
  readonly value: Expected;
  readonly plan: TablePlan;
}

/** A table that a step reads or writes; null after a problem. */
export function resolveTable(cx: FlowCheck, name: Located<string>): TableInfo | null {
  const declared = resolveName(cx.problems, cx.document.names, "tables", name);
  if (declared === null) return null;
  const info = tableInfo(cx, declared);
  if (!cx.shared.parts.table(info.name, info.plan)) {
    cx.problems.report("FC3002", name.span, `Two different declarations are the table \`${info.name}\``, { related: [{ span: declared.span, message: "this is one of them" }], hint: "a table is one in the store, whatever file names it: declare it once" });
  }
  return info;
}

export function tableInfo(cx: FlowCheck, declared: Declared<"tables">): TableInfo {
  const old = cx.known.tables.get(declared);
  if (old !== undefined) return old;
  const { key, value, ttl } = declared.value;
  const what = `the key of \`${declared.name}\``;
  const keyed: Expected = key === undefined ? { type: STRING, schema: () => ({ type: "string" }), what } : { ...shapeOf(cx, key, declared.home), what, declared: key.span };
  if (key !== undefined && assignable(keyed.type, TEXT) !== null) {
    cx.problems.report("FC4001", key.span, `The key of the table \`${declared.name}\` is no text, number or boolean`, { hint: "make one text of its parts where it is used: `key: \"${input.region}/${input.id}\"`" });
  }
  const held: Expected = { ...shapeOf(cx, value, declared.home), what: `a row of \`${declared.name}\``, declared: value.span };
  const { schema } = cx.shared.parts;
  const info: TableInfo = {
    name: declared.local,
    key: keyed,
    value: held,
    plan: { key: schema(`tables.${declared.local}.key`, keyed.schema()), value: schema(`tables.${declared.local}.value`, held.schema()), ...(ttl === undefined ? {} : { ttl: ttl.value }) },
  };
  cx.known.tables.set(declared, info);
  return info;
}

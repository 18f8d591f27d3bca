import type { ToolPlan } from "../../../core/plan/flow-plan.js";
import type { Problems } from "../../problems.js";
import type { ToolDecl } from "../../shape/ast.js";

type Kind = ToolPlan["kind"];
type Written = NonNullable<ToolDecl["idempotency"]>;

/** How each kind hands its key over, for those that have not all ways. */
const WAYS: Readonly<Partial<Record<Kind, { readonly not: ReadonlySet<Written["value"]["kind"]>; readonly because: string; readonly hint: string }>>> = {
  http: { not: new Set(["key"]), because: "an HTTP tool sends its key in a header or a field", hint: "write `idempotency: header`, `{ header: NAME }` or `{ field: NAME }`; `native` where the service drops repeats without a key" },
  module: { not: new Set(["header", "field"]), because: "a module gets its key as `ctx.key`", hint: "write `idempotency: key`, and send `ctx.key` on" },
  request: { not: new Set(["field"]), because: "a request carries its key in the header `idempotency-key`", hint: "write `idempotency: key`, or `{ header: NAME }` for another name beside it" },
};

/** A tool that counts as idempotent is called again: then its key has to come along. */
export function checkIdempotency(problems: Problems, kind: Kind, { value, span }: Written): void {
  const way = WAYS[kind];
  if (way?.not.has(value.kind) === true) problems.report("FC5019", span, `The key of this tool goes nowhere: ${way.because}, and \`${value.kind}\` is none of that`, { hint: way.hint });
}

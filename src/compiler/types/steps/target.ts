import type { Target } from "../../../core/plan/step.js";
import { STRING } from "../../../core/type.js";
import { constantsOf, isSilent } from "../../../expr/check/base.js";
import { didYouMean } from "../../names/resolve.js";
import type { Located, TargetNode } from "../../shape/ast.js";
import { checkKey, type Place } from "../expression.js";
import type { FlowCheck } from "../flow-check.js";

interface Named {
  readonly name: string;
}

/** What an `agent` or `emit` goes to: one name, or one of several that an enum picks. */
export function checkTarget<I extends Named>(cx: FlowCheck, place: Place, node: TargetNode, resolve: (name: Located<string>) => I | null): { readonly target: Target; readonly infos: readonly I[]; readonly failed: boolean } {
  if (node.kind === "name") {
    const info = resolve(node.name);
    return { target: info?.name ?? node.name.value, infos: info === null ? [] : [info], failed: info === null };
  }
  const found = node.from.map(resolve);
  const infos = found.filter((info) => info !== null);
  const checked = checkKey(place, node.pick, "pick", STRING, "a name out of `from`");
  if (!isSilent(checked.type)) checkNames(cx, node.pick.span, constantsOf(checked.type), node.from, infos.length < found.length);
  return { target: { pick: checked.expr, from: found.map((info, index) => info?.name ?? node.from[index]?.value ?? "") }, infos, failed: infos.length < found.length };
}

function checkNames(cx: FlowCheck, span: Located<string>["span"], names: readonly (string | number | boolean)[] | null, from: readonly Located<string>[], incomplete: boolean): void {
  const allowed = from.map(({ value }) => value);
  if (names === null) {
    cx.problems.report("FC4008", span, "`pick` may be any text, so it is not sure to lie in `from`", { hint: `declare the field that it reads as an enum: \`${allowed.join(" | ")}\`` });
    return;
  }
  // A name of `from` that is not there may be the one that is picked, misspelt.
  if (incomplete) return;
  for (const name of names) {
    if (allowed.includes(String(name))) continue;
    cx.problems.report("FC4008", span, `\`pick\` can be \`${String(name)}\`, which is not in \`from\``, { hint: didYouMean(String(name), allowed, "") });
  }
}

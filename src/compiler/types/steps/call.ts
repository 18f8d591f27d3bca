import { NEVER } from "../../../core/type.js";
import { didYouMean } from "../../names/resolve.js";
import type { Located, StepNode } from "../../shape/ast.js";
import type { Callee, FlowCheck } from "../flow-check.js";
import type { CheckedKind } from "../outcome.js";
import { allRaises, STEP_RAISES, UNKNOWN_RAISES } from "../raises.js";
import { checkInput } from "./input.js";
import type { KindPlace } from "./place.js";

/** Another flow, inlined: one run, one journal, one budget. */
export function checkCall(cx: FlowCheck, node: StepNode & { readonly kind: "call" }, { path, place }: KindPlace): CheckedKind {
  const callee = calleeOf(cx, node.flow, path);
  const data = checkInput(cx, place, node.with, node.flow.span, callee === null ? [] : [callee.input]);
  return {
    part: {
      kind: "call",
      flow: callee?.id ?? node.flow.value,
      with: data.data,
      input: cx.shared.parts.schema(`flows.${callee?.id ?? node.flow.value}.input`, callee?.input.schema() ?? true),
      block: callee?.plan ?? { steps: [] },
    },
    type: callee?.type ?? NEVER,
    nothing: callee?.nothing ?? null,
    // A `return` in it ends the called flow only.
    diverges: callee !== null && callee.diverges && callee.type.kind === "never",
    raises: allRaises([STEP_RAISES, callee?.raises ?? UNKNOWN_RAISES]),
    pure: false,
    writes: callee?.writes ?? false,
  };
}

function calleeOf(cx: FlowCheck, name: Located<string>, path: string): Callee | null {
  const { world, calls } = cx.shared;
  const [id = name.value, major] = name.value.split("@");
  const document = world.flow(id, cx.document.file);
  if (document === "unknown") return null;
  if (document === null) {
    cx.problems.report("FC3010", name.span, `There is no flow \`${id}\``, { hint: didYouMean(id, world.flowIds(cx.document.file), "it is looked up in this file's documents, then in the project's flow files") });
    return null;
  }
  const release = document.file.flow?.version ?? "0.0.0";
  if (major !== undefined && release.split(".")[0] !== major) {
    cx.problems.report("FC3010", name.span, `The flow \`${id}\` is version ${release}, not ${major}`, { related: [{ span: document.file.flow?.id.span ?? name.span, message: `\`${id}\` is declared here` }] });
    return null;
  }
  const at = calls.findIndex((call) => call.document === document);
  if (at >= 0) {
    reportCircle(cx, calls.slice(at).map((call, index) => (index === 0 ? { ...call, site: name.span } : call)));
    return null;
  }
  return cx.callee(cx.shared, document, name.span, path);
}

/** One problem for a circle, whichever of its flows is checked: where the one that stands first is called. */
function reportCircle(cx: FlowCheck, circle: FlowCheck["shared"]["calls"]): void {
  const place = ({ document: { file } }: (typeof circle)[number]): string => `${file.path} ${String(file.span.start).padStart(9)}`;
  const [first] = circle.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  if (first === undefined) return;
  const turned = [...circle.slice(circle.indexOf(first)), ...circle.slice(0, circle.indexOf(first)), first].map(({ document: { file } }) => `\`${file.flow?.id.value ?? ""}\``);
  cx.problems.report("FC2090", first.site, circle.length === 1 ? `A flow that calls itself is not supported by this version: ${turned[0] ?? ""}` : `Flows that call each other in a circle are not supported by this version: ${turned.join(" → ")}`, {
    hint: "a called flow is inlined; use a `loop`, or emit to a topic that the flow reads",
  });
}

import { didYouMean } from "../../names/resolve.js";
import type { LoadedDocument } from "../../names/load.js";
import { majorOf } from "../../names/release.js";
import type { Located } from "../../shape/ast.js";
import type { FlowCheck, OpenCall, Shared } from "../flow-check.js";

/** The flow that a step calls; null after a problem, or where what is missing says nothing. */
export function resolveFlow(cx: FlowCheck, name: Located<string>): LoadedDocument | null {
  const { world } = cx.shared;
  const from = cx.document.file;
  const [id = name.value, major = null] = name.value.split("@");
  const document = world.flow(id, major, from);
  if (document === "unknown") return null;
  if (document !== null) return document;
  const versions = world.versions(id, from);
  if (versions.length === 0) {
    cx.problems.report("FC3010", name.span, `There is no flow \`${id}\``, { hint: didYouMean(id, world.flowIds(from), "it is looked up in this file's documents, then in the project's flow files") });
    return null;
  }
  const there = [...new Set(versions.map(({ version }) => version))];
  const majors = [...new Set(there.map((version) => `\`${id}@${majorOf(version)}\``))];
  cx.problems.report("FC3010", name.span, `The flow \`${id}\` is version ${there.join(" and ")}, not ${major ?? ""}`, {
    hint: `did you mean ${majors.join(" or ")}?`,
    related: versions.map((head) => ({ span: head.id.span, message: `\`${id}\` ${head.version} is declared here` })),
  });
  return null;
}

/** How a call stands to the flows around it: `around` is the one that it calls again, `depth` how deep it may go where it is part of a circle. */
export interface Circle {
  readonly around: OpenCall | null;
  readonly depth: number | null;
}

/** Before the called flow is looked at: null after a problem. */
export function circleAt(cx: FlowCheck, document: LoadedDocument, site: Located<string>): Circle | null {
  const { calls } = cx.shared;
  const at = calls.findIndex((call) => call.document === document);
  const around = calls[at];
  if (around === undefined) return { around: null, depth: null };
  const depth = least(calls.slice(at));
  if (depth === Infinity) {
    reportCircle(cx, calls.slice(at).map((call, index) => (index === 0 ? { ...call, site: site.span } : call)));
    return null;
  }
  lead(cx.shared, at, depth);
  return { around, depth };
}

/** After it: whether it leads back to a flow around the call. */
export function circleBehind({ shared }: FlowCheck, document: LoadedDocument): number | null {
  const { calls, circles } = shared;
  let depth = Infinity;
  for (const [to, most] of circles.get(document) ?? []) {
    const at = calls.findIndex((call) => call.document === to);
    if (at < 0) continue;
    const limit = Math.min(most, least(calls.slice(at)));
    depth = Math.min(depth, limit);
    lead(shared, at, limit);
  }
  return depth === Infinity ? null : depth;
}

/** Of the flows of a circle each may say how deep it goes: the least counts. */
const least = (circle: readonly OpenCall[]): number => Math.min(...circle.map(({ head }) => head.depth?.value ?? Infinity));

/** The flows behind the one at `at` lead back to it. */
function lead({ calls, circles }: Shared, at: number, depth: number): void {
  const to = calls[at]?.document;
  if (to === undefined) return;
  for (const { document } of calls.slice(at + 1)) {
    const known = circles.get(document) ?? new Map<LoadedDocument, number>();
    known.set(to, Math.min(known.get(to) ?? Infinity, depth));
    circles.set(document, known);
  }
}

/** One problem for a circle, whichever of its flows is checked: where the one that stands first is called. */
function reportCircle(cx: FlowCheck, circle: readonly OpenCall[]): void {
  const place = ({ document: { file } }: OpenCall): string => `${file.path} ${String(file.span.start).padStart(9)}`;
  const [first] = circle.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  // A limit may be what did not shape.
  if (first === undefined || circle.some(({ document: { file } }) => file.broken.has("flow.limits") || file.broken.has("flow.keys"))) return;
  const turned = [...circle.slice(circle.indexOf(first)), ...circle.slice(0, circle.indexOf(first)), first].map(({ head }) => `\`${head.id.value}\``);
  cx.problems.report("FC5071", first.site, circle.length === 1 ? `${turned[0] ?? ""} calls itself, and nothing says how deep` : `These flows call each other in a circle, and nothing says how deep: ${turned.join(" → ")}`, {
    hint: `write \`limits: { depth: 10 }\` beside \`flow: ${first.head.id.value}\`; what repeats a known number of times is a \`loop\``,
  });
}

/** The key of a flow in the plan's `flows`. */
export function childKey({ children }: Shared, document: LoadedDocument): string {
  const { flow } = document.file;
  const wanted = `${flow?.id.value ?? ""}@${flow?.version ?? ""}`;
  let as = wanted;
  for (let n = 2; children.has(as) && children.get(as) !== document; n += 1) as = `${wanted}~${n}`;
  children.set(as, document);
  return as;
}

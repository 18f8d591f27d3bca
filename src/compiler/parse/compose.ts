import type { CST } from "yaml";
import type { MapEntry, Node, ScalarNode, SourceFile } from "./tree.js";
import { isWithin, type Problem } from "./problem.js";
import { readProperties, type Properties } from "./properties.js";
import { ROOT, type Where } from "./where.js";
import { emptyNode, scalarEnd, scalarNode, verbatimNode } from "./scalar.js";
import { duplicateKey, inKey, keyNotText, keyProperty, missingKey } from "./trap/key.js";
import { alias, property } from "./trap/property.js";
import { inScalar } from "./trap/scalar.js";
import { blockEntry, blockFront, blockHere, itemWithoutDash } from "./trap/block.js";
import { flowEntry, flowFront, matchingBracket, unclosedBracket } from "./trap/flow.js";
import { stray, tab, tooDeep, tooManyNodes } from "./trap/structure.js";
import { gluedComment, goesOn } from "./trap/value.js";

export const MAX_DEPTH = 64;
export const MAX_NODES = 50_000;
/** More than anybody reads; without a limit a hostile file costs the square of its size. */
export const MAX_PROBLEMS = 1000;

/** One pass over one file. `meant` holds the values that earlier passes found to be broken: start to end. */
export interface Pass {
  readonly source: SourceFile;
  readonly meant: ReadonlyMap<number, number>;
  readonly problems: Problem[];
  nodes: number;
  broken: boolean;
}

/** A document's tokens as a tree, or null where it is empty. What is wrong goes to `pass.problems`, in reading order. */
export function composeDocument(pass: Pass, document: CST.Document): Node | null {
  const front = readProperties(document.start, {
    flow: false,
    indicator: "doc-start",
    next: document.value ?? document.end?.[0],
    parentIndent: 0,
    startOnNewline: true,
  });
  const blank = document.value === undefined || (document.value.type === "scalar" && document.value.source === "");
  reportProperties(pass, front, ROOT);
  const { value } = document;
  if (front.found && !front.newline && (value?.type === "block-map" || value?.type === "block-seq")) report(pass, blockHere(value, "on the line of `---`"));
  const node = document.value && !(blank && front.property === null) ? compose(pass, document.value, ROOT) : null;
  checkEnd(pass, document.value, document.end, ROOT);
  return node;
}

function report(pass: Pass, problem: Problem | null): void {
  if (problem === null || pass.broken) return;
  const last = pass.problems.at(-1);
  if (last && isWithin(problem, last)) return;
  if (problem.meant) {
    const echo = pass.problems.findIndex((inner) => isWithin(inner, problem));
    if (echo !== -1) pass.problems.splice(echo);
  }
  pass.problems.push(problem);
  if ((problem.breaks && !problem.local) || pass.problems.length >= MAX_PROBLEMS) pass.broken = true;
}

function compose(pass: Pass, token: CST.Token, where: Where): Node {
  if (++pass.nodes > MAX_NODES) {
    if (pass.nodes === MAX_NODES + 1) report(pass, tooManyNodes(token.offset, MAX_NODES));
    return emptyNode(pass.source, token.offset);
  }
  switch (token.type) {
    case "scalar":
    case "single-quoted-scalar":
    case "double-quoted-scalar":
    case "block-scalar":
      return composeScalar(pass, token, where);
    case "block-map":
    case "block-seq":
    case "flow-collection":
      if (where.depth >= MAX_DEPTH) {
        report(pass, tooDeep(token.offset, MAX_DEPTH));
        return emptyNode(pass.source, token.offset);
      }
      if (where.inside !== "block" && token.type !== "flow-collection") report(pass, blockHere(token, "inside brackets"));
      if (token.type === "block-map") return composeBlockMap(pass, token, where);
      return token.type === "block-seq" ? composeBlockList(pass, token, where) : composeFlow(pass, token, where);
    case "alias":
      report(pass, alias(pass.source.text, token, where));
      return emptyNode(pass.source, token.offset);
    default:
      report(pass, stray(token.offset, "source" in token && typeof token.source === "string" ? token.source : ""));
      return emptyNode(pass.source, token.offset);
  }
}

function composeScalar(pass: Pass, token: CST.FlowScalar | CST.BlockScalar, where: Where): ScalarNode {
  if (token.type === "scalar" && pass.meant.has(token.offset)) return verbatimNode(pass.source, token.offset, scalarEnd(token));
  const node = scalarNode(pass.source, token);
  report(pass, inScalar(pass.source.text, token, node, where));
  if (token.type !== "block-scalar") checkEnd(pass, token, token.end, where);
  return node;
}

function composeBlockMap(pass: Pass, map: CST.BlockMap, where: Where): Node {
  const entries: MapEntry[] = [];
  const seen = new Map<string, MapEntry>();
  let end = map.offset;
  let previous: CST.Token | undefined;
  for (const item of map.items) {
    const { start, key, sep, value } = item;
    const front = readProperties(start, { flow: false, indicator: "explicit-key-ind", next: key ?? sep?.[0], parentIndent: map.indent, startOnNewline: true });
    if (key === undefined && sep === undefined && front.found === null && front.property === null && front.stray === null && front.tab === null) continue;
    report(pass, blockFront(pass.source.text, front, key, map, previous));
    const keyNode = composeKey(pass, key, keyOffset(item, map.offset), where);
    const back = readProperties(sep ?? [], { flow: false, indicator: "map-value-ind", next: value, parentIndent: map.indent, startOnNewline: !key || key.type === "block-scalar" });
    report(pass, blockEntry(pass.source.text, key, keyNode, back, value));
    const below: Where = { inside: "block", key: keyNode.text, above: where.key, depth: where.depth + 1 };
    reportProperties(pass, back, below);
    const valueNode = value ? compose(pass, value, below) : emptyNode(pass.source, keyNode.span.end + (back.found ? 1 : 0));
    addEntry(pass, entries, seen, keyNode, valueNode);
    end = Math.max(end, valueNode.span.end, keyNode.span.end);
    previous = value;
  }
  return { kind: "map", span: { file: pass.source.path, start: map.offset, end }, flow: false, entries };
}

function composeBlockList(pass: Pass, list: CST.BlockSequence, where: Where): Node {
  const items: Node[] = [];
  const below: Where = { ...where, inside: "block", depth: where.depth + 1 };
  let end = list.offset;
  for (const { start, value } of list.items) {
    const front = readProperties(start, { flow: false, indicator: "seq-item-ind", next: value, parentIndent: list.indent, startOnNewline: true });
    if (front.found === null && value === undefined && front.property === null && front.tab === null) continue;
    if (front.found === null) report(pass, itemWithoutDash(value?.offset ?? start.at(-1)?.offset ?? list.offset));
    reportProperties(pass, front, below);
    const node = value ? compose(pass, value, below) : emptyNode(pass.source, (front.found?.offset ?? list.offset) + 1);
    items.push(node);
    end = Math.max(end, node.span.end);
  }
  return { kind: "list", span: { file: pass.source.path, start: list.offset, end }, flow: false, items };
}

function composeFlow(pass: Pass, flow: CST.FlowCollection, where: Where): Node {
  const isMap = flow.start.source === "{";
  const inside = isMap ? "map" : "list";
  const entries: MapEntry[] = [];
  const seen = new Map<string, MapEntry>();
  const items: Node[] = [];
  const before = pass.problems.length;
  const wasBroken = pass.broken;
  let previous: CST.Token | null = null;
  for (const [index, item] of flow.items.entries()) {
    const { start, key, sep, value } = item;
    const front = readProperties(start, { flow: true, indicator: "explicit-key-ind", next: key ?? sep?.[0] ?? value, parentIndent: flow.indent, startOnNewline: false });
    const nothing = key === undefined && sep === undefined && value === undefined && front.property === null && front.found === null;
    if (nothing && front.stray === null && (index > 0 || front.comma === null) && index === flow.items.length - 1) continue;
    report(pass, flowFront(front, item, index, previous, nothing));
    if (nothing) continue;
    const single = !isMap && sep === undefined && key === undefined;
    if (single) {
      const below: Where = { ...where, inside, depth: where.depth + 1 };
      reportProperties(pass, front, below);
      items.push(value ? compose(pass, value, below) : emptyNode(pass.source, front.property?.offset ?? flow.offset));
    } else {
      if (front.property) report(pass, keyProperty(front.property));
      const keyNode = composeKey(pass, key, keyOffset(item, flow.offset), where);
      const back = readProperties(sep ?? [], { flow: true, indicator: "map-value-ind", next: value, parentIndent: flow.indent, startOnNewline: false });
      report(pass, flowEntry(pass.source.text, { inside, key, node: keyNode, back, value, previous }));
      const below: Where = { inside, key: keyNode.text, above: where.key, depth: where.depth + 1 };
      reportProperties(pass, back, below);
      const valueNode = value ? compose(pass, value, below) : emptyNode(pass.source, back.found ? back.found.offset + 1 : keyNode.span.end);
      if (isMap) addEntry(pass, entries, seen, keyNode, valueNode);
      else items.push({ kind: "map", span: spanOf(pass, keyNode, valueNode), flow: true, entries: [{ key: keyNode, value: valueNode, span: spanOf(pass, keyNode, valueNode) }] });
    }
    previous = value ?? null;
  }
  const [close, ...rest] = flow.end;
  const closed = close?.source === (isMap ? "}" : "]");
  if (!closed || close === undefined) {
    if (!wasBroken) onlyCause(pass, before, unclosedBracket(pass.source.text, flow));
  } else {
    if (where.inside === "block" && !wasBroken) resume(pass, flow, close.offset);
    checkEnd(pass, flow, rest, where);
  }
  const end = close ? close.offset + close.source.length : flow.offset + 1;
  const span = { file: pass.source.path, start: flow.offset, end };
  return isMap ? { kind: "map", span, flow: true, entries } : { kind: "list", span, flow: true, items };
}

/** Where brackets pair as a reader pairs them, a trap inside has derailed nothing behind them. */
function resume(pass: Pass, flow: CST.FlowCollection, close: number): void {
  const last = pass.problems.at(-1);
  if (pass.broken && last?.meant && !last.lost && matchingBracket(pass.source.text, flow.offset) === close) pass.broken = false;
}

/** A bracket that is not closed makes its whole content look wrong, unless a trap in the content hid the closing one. */
function onlyCause(pass: Pass, before: number, unclosed: Problem): void {
  const inside = pass.problems.splice(before);
  const hidden = inside.find((problem) => problem.breaks && problem.fix);
  pass.broken = false;
  report(pass, hidden ?? unclosed);
}

function composeKey(pass: Pass, key: CST.Token | null | undefined, at: number, where: Where): ScalarNode {
  if (key === null || key === undefined || (key.type === "scalar" && key.source === "")) {
    report(pass, missingKey(at));
    return emptyNode(pass.source, at);
  }
  if (key.type !== "scalar" && key.type !== "single-quoted-scalar" && key.type !== "double-quoted-scalar") {
    report(pass, keyNotText(key));
    return emptyNode(pass.source, key.offset);
  }
  if (key.type === "scalar" && pass.meant.has(key.offset)) return verbatimNode(pass.source, key.offset, scalarEnd(key));
  const node = scalarNode(pass.source, key);
  report(pass, inKey(key, node));
  checkEnd(pass, key, key.end, where);
  return node;
}

function addEntry(pass: Pass, entries: MapEntry[], seen: Map<string, MapEntry>, key: ScalarNode, value: Node): void {
  const entry: MapEntry = { key, value, span: spanOf(pass, key, value) };
  const first = seen.get(key.text);
  if (first) {
    report(pass, duplicateKey(first, entry));
    return;
  }
  seen.set(key.text, entry);
  entries.push(entry);
}

function reportProperties(pass: Pass, front: Properties, where: Where): void {
  if (front.property) report(pass, property(pass.source.text, front.property, where));
  if (front.tab) report(pass, tab(front.tab));
  if (front.gluedComment) report(pass, gluedComment(front.gluedComment));
  if (front.stray) report(pass, stray(front.stray.offset, front.stray.source));
}

/** Behind a value only white space and a comment may stand. */
function checkEnd(pass: Pass, value: CST.Token | undefined, end: readonly CST.SourceToken[] | undefined, where: Where): void {
  if (end === undefined) return;
  let spaced = false;
  for (const token of end) {
    if (token.type === "space" || token.type === "newline") spaced = true;
    else if (token.type !== "comment") {
      report(pass, goesOn(pass.source.text, value, token, where));
      return;
    } else if (!spaced && !/\s/.test(pass.source.text[token.offset - 1] ?? " ")) {
      report(pass, gluedComment(token));
      return;
    }
  }
}

const spanOf = (pass: Pass, key: ScalarNode, value: Node) => ({
  file: pass.source.path,
  start: key.span.start,
  end: Math.max(key.span.end, value.span.end),
});

function keyOffset(item: CST.CollectionItem, otherwise: number): number {
  const token = item.key ?? item.sep?.[0] ?? item.start.at(-1);
  return token ? token.offset : otherwise;
}

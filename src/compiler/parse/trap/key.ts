import type { CST } from "yaml";
import { printYamlScalar } from "../print-scalar.js";
import type { Problem } from "../problem.js";
import type { Properties } from "../properties.js";
import { tokenEnd } from "../token-end.js";
import { missingComma } from "./value.js";
import type { MapEntry, ScalarNode } from "../tree.js";

const UNSAFE: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** What can be wrong in a key itself. */
export function inKey(key: CST.FlowScalar, node: ScalarNode): Problem | null {
  const { start, end } = node.span;
  if (key.type === "scalar" && node.text === "<<") {
    return { code: "FC1007", message: "`<<` is a YAML merge key, and flow files have none", start, end, hint: "write the keys out, or use `extends` for agents, tools, models and policies", lost: true };
  }
  if (key.type === "scalar" && /^[@`%,|>]/.test(node.text)) {
    return { code: "FC1010", message: `a key cannot start with ${node.text.startsWith("`") ? "a backquote" : `\`${node.text.charAt(0)}\``} unless it is quoted`, start, end, hint: `write \`"${node.text}"\``, fix: { start, end, text: printYamlScalar(node.text) }, breaks: true, lost: true };
  }
  if (UNSAFE.has(node.text)) {
    return { code: "FC1014", message: `\`${node.text}\` cannot be a key`, start, end, hint: "choose another name: JavaScript gives this one a meaning of its own", lost: true };
  }
  return null;
}

export function missingKey(at: number): Problem {
  return { code: "FC1015", message: "there is no key in front of this `:`", start: at, end: at + 1, hint: "write `name: value`", breaks: true, lost: true };
}

export function keyNotText(key: CST.Token): Problem {
  const end = tokenEnd(key);
  if (key.type === "alias") return { code: "FC1007", message: `\`${key.source}\` is a YAML alias, and flow files have none`, start: key.offset, end, hint: "quote it if it is text", lost: true, breaks: true };
  const opener = key.type === "flow-collection" ? key.end.slice(1).find((part) => part.type === "flow-map-start" || part.type === "flow-seq-start") : undefined;
  if (opener) return missingComma(end, opener.offset);
  return { code: "FC1015", message: "a key must be text", start: key.offset, end, hint: "write `name: value`, and quote a key that holds brackets", lost: true, breaks: true };
}

export function duplicateKey(first: MapEntry, second: MapEntry): Problem {
  const { start, end } = second.key.span;
  const problem: Problem = {
    code: "FC1006",
    message: `the key \`${second.key.text}\` stands here twice`,
    start,
    end,
    hint: "remove one of them, or give it another name",
    related: { start: first.key.span.start, end: first.key.span.end, message: "it stands here first" },
  };
  return first.value.kind === "scalar" && second.value.kind === "scalar" ? problem : { ...problem, lost: true };
}

/** A tag or an anchor in front of a key. */
export function keyProperty(token: CST.SourceToken): Problem {
  const what = token.type === "tag" ? "a YAML tag" : "a YAML anchor";
  return { code: token.type === "tag" ? "FC1008" : "FC1007", message: `\`${token.source}\` is ${what}, and flow files have none`, start: token.offset, end: token.offset + token.source.length, hint: "quote the key if it is part of its name", lost: true, breaks: true };
}

/** `? key` on a line of its own. */
export function explicitKey(front: Properties): Problem | null {
  if (front.found === null) return null;
  return { code: "FC1015", message: "a key with `?` in front of it is not used in flow files", start: front.found.offset, end: front.found.offset + 1, hint: "write `name: value`", lost: true, breaks: true };
}

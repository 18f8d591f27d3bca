import type { Diagnostic } from "../../core/diagnostic.js";
import { report } from "../../core/codes/report.js";
import { parseYaml } from "../parse/parse.js";
import type { MapNode, Node, ScalarNode, SourceFile } from "../parse/tree.js";

export interface Setting {
  /** The text as a file of its own, for messages that point into it. */
  readonly source: SourceFile;
  readonly map: MapNode | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** `--set a.b=value`: the value is YAML, the path is keys with dots between them. */
export function readSetting(text: string): Setting {
  const source: SourceFile = { path: "--set", text };
  const equals = text.indexOf("=");
  const path = text.slice(0, Math.max(equals, 0));
  if (equals <= 0 || path.split(".").includes("")) {
    const problem = report("FC2019", { file: source.path, start: 0, end: text.length }, `\`--set ${text}\` is no setting`, { hint: "write `--set a.b=value`, for example `--set network.allow=[127.0.0.1:8080]`" });
    return { source, map: null, diagnostics: [problem] };
  }
  // Blanks in place of the path: the value's places are those of the whole text.
  const { documents, diagnostics } = parseYaml({ path: source.path, text: " ".repeat(equals + 1) + text.slice(equals + 1) });
  const value = documents[0];
  if (diagnostics.length > 0 || value === undefined) return { source, map: null, diagnostics };
  return { source, map: nested(source, path.split("."), 0, value), diagnostics: [] };
}

function nested(source: SourceFile, keys: readonly string[], start: number, value: Node): MapNode {
  const [first = "", ...rest] = keys;
  const span = { file: source.path, start, end: start + first.length };
  const key: ScalarNode = { kind: "scalar", span, value: first, text: first, style: "plain", offsetOf: (index) => start + index };
  const whole = { ...span, end: value.span.end };
  return { kind: "map", flow: true, span: whole, entries: [{ key, span: whole, value: rest.length === 0 ? value : nested(source, rest, span.end + 1, value) }] };
}

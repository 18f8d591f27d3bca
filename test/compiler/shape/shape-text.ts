import { parseYaml } from "../../../src/compiler/parse/parse.js";
import { shapeFlowFile } from "../../../src/compiler/shape/shape.js";
import type { FlowFile } from "../../../src/compiler/shape/ast.js";
import type { Diagnostic } from "../../../src/core/diagnostic.js";

export interface ShapedText {
  readonly files: readonly FlowFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** `line CODE`, in the order of the file. */
  readonly found: readonly string[];
}

/** A text through the first two phases. */
export function shapeText(text: string): ShapedText {
  const source = { path: "flow.yaml", text };
  const parsed = parseYaml(source);
  const shaped = parsed.documents.map((document) => shapeFlowFile(document, source));
  const diagnostics = [...parsed.diagnostics, ...shaped.flatMap((one) => one.diagnostics)].sort((a, b) => a.span.start - b.span.start);
  return {
    files: shaped.flatMap(({ file }) => (file === null ? [] : [file])),
    diagnostics,
    found: diagnostics.map(({ code, span }) => `${text.slice(0, span.start).split("\n").length} ${code}`),
  };
}

/** The one flow of a text that has no problem. */
export function shapeOk(text: string): FlowFile {
  const { files, diagnostics } = shapeText(text);
  const [file] = files;
  if (file === undefined || diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return file;
}

/** A flow with these lines behind its head, which takes two lines. */
export const flow = (body: string): string => `flowctl: v1\nflow: hello\n${body}\n`;
/** A flow whose third line is this step. */
export const step = (text: string): string => flow(`steps: [ ${text} ]`);

import type { Diagnostic } from "../../core/diagnostic.js";
import type { Node, SourceFile } from "../parse/tree.js";
import type { FlowFile } from "./ast.js";

export interface Shaped {
  /** Null when the document is no flow file at all; else everything of it that has its form (see `FlowFile.broken`). */
  readonly file: FlowFile | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function shapeFlowFile(_document: Node, _source: SourceFile): Shaped {
  return { file: null, diagnostics: [] };
}

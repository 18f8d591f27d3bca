import type { Span } from "../../core/diagnostic.js";

/** A YAML document with the place of every key and value. Anchors, aliases, tags and merge keys never reach it. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly span: Span;
  readonly value: string | number | boolean | null;
  /** The scalar as written, without quotes; what an expression's text is taken from. */
  readonly text: string;
  readonly style: "plain" | "single" | "double" | "block";
  /** The ` # comment` behind an unquoted scalar on its last line: an expression that does not parse may have lost its end to it. */
  readonly comment?: { readonly text: string; readonly span: Span };
  /** Offset in the file of character `index` of `text` (escapes, folded lines and indents counted). */
  offsetOf(index: number): number;
}

export interface ListNode {
  readonly kind: "list";
  readonly span: Span;
  readonly flow: boolean;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: "map";
  readonly span: Span;
  readonly flow: boolean;
  readonly entries: readonly MapEntry[];
}
export interface MapEntry {
  readonly key: ScalarNode;
  readonly value: Node;
  /** From the key's first character to the value's last. */
  readonly span: Span;
}

/** One source file: many documents may stand in it. `text` is kept for carets. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

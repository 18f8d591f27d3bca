/** A place in a source file: offsets in UTF-16 units, `end` exclusive. `file` is the path as the user gave it. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export type Severity = "error" | "warning";
export type Code = `FC${number}`;

export interface Note {
  readonly span: Span;
  readonly message: string;
}

/** One problem with one cause. `message` is one sentence; `hint` says what to do; `fix` can be applied as it stands. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  readonly related: readonly Note[];
  readonly hint?: string;
  readonly fix?: { readonly span: Span; readonly text: string };
}

/** A problem inside one expression or template text: offsets count from the text's first character. */
export interface TextProblem {
  readonly code: Code;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string;
  /** Replaces start..end. */
  readonly fix?: string;
}

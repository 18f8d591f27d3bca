import type { Code, Severity } from "../diagnostic.js";

/**
 * One row of the diagnostics table: what `explain` prints, the error pages are made from, and a test runs.
 * An example is the text of a whole flow file, as short as it can be; `files` stand beside it under their names.
 */
export interface CodeEntry {
  readonly severity: Severity;
  /** Three to eight words, no full stop. */
  readonly title: string;
  /** Why it is a problem and what to do: two to six sentences of Markdown. */
  readonly explain: string;
  readonly bad: string;
  readonly good: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Codes that `validate` cannot show on a file alone (a missing secret, an internal error) say where they come from. */
  readonly from?: "validate" | "run";
}
export type CodeTable = Readonly<Record<Code, CodeEntry>>;

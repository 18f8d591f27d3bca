/** What flowctl's exit codes mean (docs: command line). */
export const EXIT = {
  ok: 0,
  /** Findings, a failed run, or a dead letter. */
  findings: 1,
  usage: 2,
  /** A broker, a store, a secret or a file that flowctl needs is not there; or a bug (FC9000). */
  infrastructure: 3,
  /** A person is asked. */
  parked: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one sentence on stderr. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exit: ExitCode;
  readonly hint?: string;
  constructor(exit: ExitCode, message: string, hint?: string) {
    super(message);
    this.exit = exit;
    if (hint !== undefined) this.hint = hint;
  }
}

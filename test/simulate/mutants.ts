/** A text of the runtime's code, and what stands there instead. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The runtime with one promise broken on purpose: the simulator must notice. */
export interface Mutant {
  readonly name: string;
  /** What it breaks, in one sentence. */
  readonly breaks: string;
  readonly changes: readonly Change[];
}

export const MUTANTS: readonly Mutant[] = [];

/** Fails where the text is no more there, or there twice: the mutant would be none. */
export function mutated(source: string, { file, from, to }: Change): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times the text of a mutant: ${from}`);
  return parts.join(to);
}

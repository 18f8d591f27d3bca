import { subjectOf } from "./flows.js";

/** What a failing seed prints. */
export const describe = (seed: number, problems: readonly string[]): string =>
  `${subjectOf(seed).generated.text}\nseed ${seed} breaks a promise:\n${problems.map((problem) => `  ${problem}`).join("\n")}\nnpm run simulate -- --seed ${seed}`;

import type { ProjectOptions } from "../commands/project-options.js";

/** Another command that looks at the same flows, as it is typed. */
export const typed = (command: string, paths: readonly string[], options: ProjectOptions, ...flags: readonly string[]): string =>
  [`flowctl ${command}`, ...[...paths, ...choiceOf(options), ...flags].map(quoted)].join(" ");

/** What a command that is typed with words of its own ends with, so that it finds the same store. */
export const typedChoice = (options: ProjectOptions): string => choiceOf(options).map((word) => ` ${quoted(word)}`).join("");

const choiceOf = ({ profile, set }: ProjectOptions): readonly string[] => [...(profile === undefined ? [] : ["--profile", profile]), ...set.flatMap((one) => ["--set", one])];

/** As a shell takes it. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

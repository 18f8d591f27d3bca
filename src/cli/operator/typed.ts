import type { ProjectOptions } from "../commands/project-options.js";

/** Another command that looks at the same flows, as it is typed. */
export function typed(command: string, paths: readonly string[], { profile, set }: ProjectOptions, ...flags: readonly string[]): string {
  const words = [...paths, ...(profile === undefined ? [] : ["--profile", profile]), ...set.flatMap((one) => ["--set", one]), ...flags];
  return [`flowctl ${command}`, ...words.map(quoted)].join(" ");
}

/** As a shell takes it. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

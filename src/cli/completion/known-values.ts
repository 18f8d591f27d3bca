import type { Operator } from "../../core/ports/operator.js";
import { lineOfRow, stateWord } from "../../core/fold/run-line.js";
import { lettersOf } from "../dlq/letters.js";
import { loadProject } from "../files/project.js";
import { openProjectStore } from "../operator/project-store.js";
import type { Candidate } from "./complete.js";

/** Of each kind. */
const MOST = 100;

/** What the project's store has for an argument (`GROUP ARGUMENT`), with the profile that the words name; null where it has nothing to do with it. */
export async function knownValues(argument: string, words: readonly string[]): Promise<readonly Candidate[] | null> {
  const list = LISTS[argument];
  return list === undefined ? null : await inStore(words, list);
}

/** Of the runs that there are. */
export const knownFlows = (words: readonly string[]): Promise<readonly Candidate[]> => inStore(words, async ({ store }) => [...new Set((await store.runs({ limit: MOST })).map(({ flow }) => flow))].map((flow): Candidate => [flow, ""]));

async function inStore(words: readonly string[], list: (operator: Operator) => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  try {
    await using operator = await openProjectStore({ ...profileIn(words), set: [] }, false);
    return await list(operator);
  } catch {
    // Somebody is typing: an error message would stand in the middle of their line.
    return [];
  }
}

/** Written `--profile NAME`, `--profile=NAME`, or in bash as three words. */
function profileIn(words: readonly string[]): { readonly profile?: string } {
  const [, profile] = /(?:^|\0)--profile(?:\0=\0|\0|=)([^\0]+)/.exec(words.join("\0")) ?? [];
  return profile === undefined ? {} : { profile };
}

/** Of flowctl.yaml; none where it cannot be read. */
export function profiles(): readonly string[] {
  try {
    return loadProject({ set: [] }).file?.profiles ?? [];
  } catch {
    return [];
  }
}

const runs = async ({ store }: Operator): Promise<readonly Candidate[]> => (await store.runs({ limit: MOST })).map((row) => [row.run, `${row.flow}, ${stateWord(lineOfRow(row))}`]);
const letters = async (operator: Operator): Promise<readonly Candidate[]> => (await lettersOf(operator, { limit: MOST })).map(({ id, error }) => [id, `${error.code}: ${error.message}`]);

const LISTS: Readonly<Record<string, (operator: Operator) => Promise<readonly Candidate[]>>> = {
  "runs run": runs,
  "flowctl run": runs,
  "topics topic": async ({ topics }) => (await topics.topics()).map(({ topic, messages }) => [topic, `${messages} messages`]),
  "tables table": async ({ store }) => (await store.tables(Date.now())).map(({ table, rows }) => [table, `${rows} rows`]),
  "dlq letter": letters,
  "dlq letters": letters,
};

import type { Operator } from "../../core/ports/operator.js";
import { lineOfRow, stateWord } from "../../core/fold/run-line.js";
import { lettersOf } from "../dlq/letters.js";
import { databasePath } from "../files/database-path.js";
import { loadProject } from "../files/project.js";
import { openOperator } from "../wire/open-operator.js";
import type { Candidate } from "./complete.js";

/** Of each kind. */
const MOST = 100;

/** What the project's database has for an argument (`GROUP ARGUMENT`); null where it has nothing to do with it. */
export async function knownValues(argument: string): Promise<readonly Candidate[] | null> {
  const list = LISTS[argument];
  if (list === undefined) return null;
  try {
    const database = databasePath(loadProject({ set: [] }));
    if (database === null) return [];
    await using operator = await openOperator(database);
    return await list(operator);
  } catch {
    // Somebody is typing: an error message would stand in the middle of their line.
    return [];
  }
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
  "dlq letter": letters,
  "dlq letters": letters,
};

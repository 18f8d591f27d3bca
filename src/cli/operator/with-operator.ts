import type { Operator } from "../../core/ports/operator.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { databasePath } from "../files/database-path.js";
import { loadProject } from "../files/project.js";
import { openOperator } from "../wire/open-operator.js";

/** The operator of the project's database, for as long as the command works with it. */
export async function withOperator(options: OperatorOptions, act: (operator: Operator) => Promise<ExitCode>): Promise<ExitCode> {
  const project = loadProject(options);
  if (project.file === null) throw new CommandError(EXIT.findings, "flowctl.yaml has errors", "`flowctl validate` shows them");
  const database = databasePath(project);
  if (database === null) throw new CommandError(EXIT.infrastructure, "this project keeps its runs in memory: they are gone with their process", "`store: sqlite:PATH` in flowctl.yaml keeps them");
  await using operator = await openOperator(database);
  return await act(operator);
}

import type { Operator } from "../../core/ports/operator.js";
import type { ProjectOptions } from "../commands/project-options.js";
import { loadProject } from "../files/project.js";
import { openOperator } from "../wire/open-operator.js";
import { projectDatabase } from "./project-database.js";

/** What the commands of an operator work on; `make` as in `openOperator`. */
export async function openProjectStore(options: ProjectOptions, make: boolean): Promise<Operator> {
  const { file, folder } = loadProject(options);
  if (file?.store?.kind !== "postgres") return openOperator(projectDatabase(options), make);
  const [{ openPostgresAlone }, { postgresOperator }] = await Promise.all([import("../wire/open-postgres.js"), import("../wire/postgres-operator.js")]);
  return postgresOperator(await openPostgresAlone(file.store, folder));
}

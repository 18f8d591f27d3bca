import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError, EXIT } from "../exit.js";
import { databasePath } from "../files/database-path.js";
import { loadProject } from "../files/project.js";

/** The file that the project's runs and messages are in. */
export function projectDatabase(options: ProjectOptions): string {
  const project = loadProject(options);
  if (project.file === null) throw new CommandError(EXIT.findings, "flowctl.yaml has errors", "`flowctl validate` shows them");
  if (project.file.store?.kind === "postgres") throw new CommandError(EXIT.usage, "this project keeps its runs on PostgreSQL, in no file", "its server's own tools, such as `pg_dump`, copy them");
  const database = databasePath(project);
  if (database === null) throw new CommandError(EXIT.infrastructure, "this project keeps its runs in memory: they are gone with their process", "`store: sqlite:PATH` in flowctl.yaml keeps them");
  return database;
}

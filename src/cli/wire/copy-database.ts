import { existsSync } from "node:fs";
import { backup } from "../../adapters/sqlite/backup.js";
import { noRunsYet } from "./open-operator.js";

/** Gives the copy's bytes. */
export function copyDatabase(database: string, to: string): number {
  if (!existsSync(database)) throw noRunsYet(database);
  return backup(database, to);
}

import { backup } from "../../adapters/sqlite/backup.js";
import { isThere } from "./database-place.js";
import { noRunsYet } from "./open-operator.js";

/** Gives the copy's bytes. */
export function copyDatabase(database: string, to: string): number {
  if (!isThere(database)) throw noRunsYet(database);
  return backup(database, to);
}

import { tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath } from "../files/database-path.js";
import type { Project } from "../files/project.js";

/** Where runs and messages are kept. */
export type StorageChoice =
  | { readonly kind: "memory" }
  /** `fresh`: of this process alone, and removed with it. */
  | { readonly kind: "sqlite"; readonly path: string; readonly fresh: boolean };

/** The database of the project, or with `--fresh` an empty one of its own, whose folder is made with it. */
export function chooseStorage(project: Project, { fresh }: { readonly fresh?: true }): StorageChoice {
  const path = databasePath(project);
  if (path === null) return { kind: "memory" };
  return fresh === true ? { kind: "sqlite", path: join(tmpdir(), `flowctl-${crypto.randomUUID()}`, "flowctl.db"), fresh } : { kind: "sqlite", path, fresh: false };
}

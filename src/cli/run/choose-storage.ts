import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostgresRef } from "../../core/postgres.js";
import { databasePath } from "../files/database-path.js";
import type { Project } from "../files/project.js";

/** Where runs and messages are kept. */
export type StorageChoice =
  | { readonly kind: "memory" }
  /** `fresh`: of this process alone, and removed with it. */
  | { readonly kind: "sqlite"; readonly path: string; readonly fresh: boolean }
  /** Paths of its certificates are relative to the folder. */
  | { readonly kind: "postgres"; readonly ref: PostgresRef; readonly folder: string };

/** The database of the project, or with `--fresh` an empty one of its own, whose folder is made with it. */
export function chooseStorage(project: Project, { fresh }: { readonly fresh?: true }): StorageChoice {
  const store = project.file?.store;
  if (store?.kind === "memory") return store;
  if (fresh === true) return { kind: "sqlite", path: join(tmpdir(), `flowctl-${crypto.randomUUID()}`, "flowctl.db"), fresh };
  if (store?.kind === "postgres") return { kind: "postgres", ref: store, folder: project.folder };
  const path = databasePath(project);
  return path === null ? { kind: "memory" } : { kind: "sqlite", path, fresh: false };
}

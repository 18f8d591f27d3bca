import { join, resolve } from "node:path";
import type { Project } from "./project.js";

/** The file that runs are kept in: what `store` of flowctl.yaml says, else one in a folder of flowctl's own beside it. Null: in memory, or on a server. */
export function databasePath({ file, folder }: Project): string | null {
  const store = file?.store;
  if (store === undefined) return join(folder, ".flowctl", "flowctl.db");
  return store.kind === "sqlite" ? resolve(folder, store.path) : null;
}

import { join, resolve } from "node:path";
import type { Project } from "./project.js";

/** Where runs are kept: what `store` of flowctl.yaml says, else a folder of flowctl's own beside it. Null: in memory. */
export function databasePath({ file, folder }: Project): string | null {
  const store = file?.store;
  if (store === undefined) return join(folder, ".flowctl", "flowctl.db");
  return store.kind === "memory" ? null : resolve(folder, store.path);
}

import type { StoreReader } from "../../core/ports/store.js";
import { similar } from "../../core/typing/similar.js";
import { CommandError, EXIT } from "../exit.js";

/** A table without rows is a wrong name: nothing else says that it is there. */
export async function needTable(store: StoreReader, name: string): Promise<void> {
  const known = (await store.tables(Date.now())).map(({ table }) => table);
  if (known.includes(name)) return;
  const meant = similar(name, known);
  throw new CommandError(EXIT.findings, `the table \`${name}\` has no rows`, meant === null ? "`flowctl tables list` shows those that have" : `did you mean \`${meant}\`?`);
}

import { openSqliteReader, type FileSizes } from "../../adapters/sqlite/reader.js";

/** Looked up beside the process that serves, which has other things to do. */
export async function fileSizes(database: string): Promise<FileSizes | null> {
  await using reader = await openSqliteReader(database);
  return await reader.sizes();
}

import type { Database } from "../../sqlite/database.js";
import type { Repeat } from "./entry.js";
import { text } from "./rows.js";

/** Large values of one run, each read and parsed once: they are shared, like all that nobody changes. */
export interface BlobReader {
  fill(repeats: readonly Repeat[]): Promise<void>;
}

export function createBlobReader({ read }: Pick<Database, "read">): BlobReader {
  const known = new Map<string, unknown>();
  return {
    async fill(repeats) {
      for (const { data, name, from } of repeats) {
        if (!("blob" in from)) continue;
        if (!known.has(from.blob)) {
          const row = await read("blob", from.blob);
          if (row === null) throw new Error(`the value ${from.blob} of the journal is not in the database`);
          known.set(from.blob, JSON.parse(text(row, "value")));
        }
        data[name] = known.get(from.blob);
      }
    },
  };
}

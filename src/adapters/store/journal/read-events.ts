import type { RunEvent } from "../../../core/event.js";
import type { RunId } from "../../../core/run-id.js";
import { decodeEntry } from "./entry.js";
import { createSharedValues } from "./shared-values.js";

/** The text of an entry, and the seq of its first event. */
export interface StoredEntry {
  readonly seq: number;
  readonly events: string;
}

/** Where a journal's texts are. */
export interface JournalSource {
  /** Entries from the one on that holds `fromSeq`; `more` when they are too many for one transaction. */
  page(run: RunId, fromSeq: number): Promise<{ readonly rows: readonly StoredEntry[]; readonly more: boolean }>;
  /** The one that holds a seq. */
  entry(run: RunId, seq: number): Promise<StoredEntry | null>;
  blob(hash: string): Promise<string | null>;
}

/** Page by page, so that a reader that stops for long holds no transaction. */
export async function* readEvents(source: JournalSource, run: RunId, fromSeq: number): AsyncGenerator<RunEvent> {
  const shared = createSharedValues(source, run);
  for (let next = fromSeq, more = true; more; ) {
    const page = await source.page(run, next);
    const from = next;
    for (const { seq, events: json } of page.rows) {
      const { events, repeats } = decodeEntry(json, run, seq);
      await shared.fillBlobs(repeats);
      shared.keepOutputs(events, json.length);
      await shared.fillOutputs(repeats);
      for (const event of events) {
        // The first entry of a page may begin before it.
        if (event.seq < next) continue;
        next = event.seq + 1;
        yield event;
      }
    }
    // An entry that is a page by itself comes again.
    // None at all: others of the same call had the room of its transaction.
    more = page.more && (next > from || page.rows.length === 0);
  }
}

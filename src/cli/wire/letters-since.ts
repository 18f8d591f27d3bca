import type { DeadLetterRow, StoreReader } from "../../core/ports/store.js";

/** Read at once. */
const PAGE = 1000;

/** Dead letters of the store since then, newest first: all of them, and of older ones no more than the page that they end. */
export async function lettersSince(store: Pick<StoreReader, "deadLetters">, since: number): Promise<readonly DeadLetterRow[]> {
  const found: DeadLetterRow[] = [];
  for (;;) {
    const before = found.at(-1)?.id;
    const page = await store.deadLetters({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    const newer = page.filter(({ at }) => at >= since);
    found.push(...newer);
    if (newer.length < PAGE) return found;
  }
}

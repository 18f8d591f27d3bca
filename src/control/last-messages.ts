import type { StoredMessage, TopicReader } from "../core/ports/operator.js";
import { MOST_ROWS } from "./protocol.js";

type Ask = (which: Parameters<TopicReader["messages"]>[1]) => Promise<readonly StoredMessage[]>;

/** The last messages of a topic, over as many answers as they take: behind a position they come in order, page behind page. */
export async function lastMessages(last: number, ask: Ask): Promise<readonly StoredMessage[]> {
  const newest = await ask({ last: Math.min(last, MOST_ROWS) });
  const [first] = newest;
  if (first === undefined || newest.length < MOST_ROWS || last <= MOST_ROWS) return newest;
  // Positions grow over all topics: how far back so many of this one lie shows when it is tried.
  for (let back = last; ; back *= 4) {
    const from = Math.max(first.position - 1 - back, 0);
    const older = await between(from, first.position, ask);
    if (from === 0 || older.length + newest.length >= last) return [...older, ...newest].slice(-last);
  }
}

/** Behind the one position, before the other. */
async function between(from: number, before: number, ask: Ask): Promise<readonly StoredMessage[]> {
  const found: StoredMessage[] = [];
  for (let after = from; ; ) {
    const page = await ask({ after, limit: MOST_ROWS });
    found.push(...page.filter(({ position }) => position < before));
    const end = page.at(-1)?.position ?? before;
    if (page.length < MOST_ROWS || end >= before) return found;
    after = end;
  }
}

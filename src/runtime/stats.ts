import type { RunEvent } from "../core/event.js";

/** What the runtime has done since it started: the summary of `run`. */
export interface Summary extends Readonly<Counters> {
  /** Ms from admission to the end of a run, medians and 99th percentiles to within 5 %. 0 without runs. */
  readonly p50: number;
  readonly p99: number;
}

export interface Counters {
  /** Messages that were handled, however. */
  messages: number;
  /** Dropped by `where`. */
  filtered: number;
  duplicates: number;
  runs: number;
  completed: number;
  failed: number;
  cancelled: number;
  compensated: number;
  /** Waiting now, of those that this process took that far. */
  parked: number;
  /** Open runs whose version of their flow cannot be run here. */
  unbindable: number;
  dlq: number;
  emitted: number;
  modelCalls: number;
  tokensIn: number;
  tokensOut: number;
  usd: number;
}

export interface Stats {
  readonly counters: Counters;
  /** Ms that a run took. */
  took(ms: number): void;
  summary(): Summary;
}

/** What durable events say. */
export function countDurable(counters: Counters, events: readonly RunEvent[]): void {
  for (const event of events) {
    if (event.type === "message.emitted") counters.emitted += 1;
    else if (event.type === "model.completed" || event.type === "model.failed") {
      counters.modelCalls += 1;
      counters.tokensIn += event.data.usage?.in ?? 0;
      counters.tokensOut += event.data.usage?.out ?? 0;
      counters.usd += event.data.usd ?? 0;
    }
  }
}

/** Each bucket is 10 % wider than the one before: 1 µs to years. */
const BUCKETS = 420;
const GROWTH = Math.log(1.1);
const SMALLEST_MS = 0.001;

export function createStats(): Stats {
  const counters: Counters = { messages: 0, filtered: 0, duplicates: 0, runs: 0, completed: 0, failed: 0, cancelled: 0, compensated: 0, parked: 0, unbindable: 0, dlq: 0, emitted: 0, modelCalls: 0, tokensIn: 0, tokensOut: 0, usd: 0 };
  const buckets = Array.from({ length: BUCKETS }, () => 0);
  let count = 0;
  const percentile = (share: number): number => {
    let left = Math.ceil(count * share);
    for (const [index, size] of buckets.entries()) {
      left -= size;
      if (size > 0 && left <= 0) return SMALLEST_MS * Math.exp((index + 0.5) * GROWTH);
    }
    return 0;
  };
  return {
    counters,
    took(ms) {
      const index = Math.min(Math.max(Math.floor(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) / GROWTH), 0), buckets.length - 1);
      buckets[index] = (buckets[index] ?? 0) + 1;
      count += 1;
    },
    summary: () => ({ ...counters, p50: percentile(0.5), p99: percentile(0.99) }),
  };
}

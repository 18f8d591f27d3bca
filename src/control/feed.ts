import type { RunEvent, TokenEvent } from "../core/event.js";
import type { Watched } from "./protocol.js";

/** What happens, for whoever watches at the moment. It costs nothing while nobody does. */
export interface Feed {
  event(event: RunEvent): void;
  token(event: TokenEvent): void;
  /** From this call on, in batches, until the signal or the feed ends. Rejects with TooSlow when the watcher fell behind. */
  watch(signal: AbortSignal): AsyncIterable<readonly Watched[]>;
  /** How many watch: with none, models need not stream. */
  watchers(): number;
  /** Ends every watch. */
  close(): void;
}

/** The watcher is told to look at the journal instead: a run never waits for who watches it. */
export class TooSlow extends Error {
  override readonly name = "TooSlow";
}

/** Events that a watcher may lie behind. */
const MOST_EVENTS = 20_000;
/** Tokens are lossy: those that come above this are dropped. */
const MOST_TOKENS = 2000;
/** One batch is encoded in one turn of the loop. */
const BATCH = 500;

export function createFeed(): Feed {
  const watchers = new Set<Watcher>();
  let closed = false;
  return {
    event(event) {
      for (const watcher of watchers) watcher.put({ event }, false);
    },
    token(token) {
      for (const watcher of watchers) watcher.put({ token }, true);
    },
    watch(signal) {
      const watcher = createWatcher();
      if (closed || signal.aborted) watcher.end();
      else watchers.add(watcher);
      const leave = (): void => {
        watchers.delete(watcher);
        watcher.end();
      };
      signal.addEventListener("abort", leave, { once: true });
      return batches(watcher, () => {
        signal.removeEventListener("abort", leave);
        leave();
      });
    },
    watchers: () => watchers.size,
    close() {
      closed = true;
      for (const watcher of watchers) watcher.end();
    },
  };
}

async function* batches(watcher: Watcher, leave: () => void): AsyncGenerator<readonly Watched[]> {
  try {
    for (let batch = await watcher.take(); batch !== null; batch = await watcher.take()) yield batch;
  } finally {
    leave();
  }
}

interface Watcher {
  put(item: Watched, lossy: boolean): void;
  /** Null at the end. */
  take(): Promise<readonly Watched[] | null>;
  readonly end: () => void;
}

function createWatcher(): Watcher {
  let items: Watched[] = [];
  let tokens = 0;
  let state: "open" | "ended" | "slow" = "open";
  let wake: (() => void) | null = null;
  const tell = (): void => {
    wake?.();
    wake = null;
  };
  return {
    put(item, lossy) {
      if (state !== "open") return;
      if (lossy) {
        if (tokens >= MOST_TOKENS) return;
        tokens += 1;
      } else if (items.length - tokens >= MOST_EVENTS) {
        state = "slow";
        items = [];
      }
      if (state === "open") items.push(item);
      tell();
    },
    async take() {
      while (items.length === 0 && state === "open") await new Promise<void>((resolve) => (wake = resolve));
      if (state === "slow") throw new TooSlow("it fell too far behind");
      if (items.length === 0) return null;
      const batch = items.splice(0, BATCH);
      for (const item of batch) if ("token" in item) tokens -= 1;
      return batch;
    },
    end() {
      if (state === "open") state = "ended";
      tell();
    },
  };
}

/** Time and turns of the event loop, so that a simulator can own both (I43). */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  monotonic(): number;
  /** Calls `fire` once after `ms`; the result cancels it. */
  after(ms: number, fire: () => void): () => void;
  /** Calls `run` when the current turn's microtasks are done, before any I/O (process.nextTick). */
  soon(run: () => void): void;
  /** Calls `run` in the next turn of the loop (setImmediate). */
  nextTurn(run: () => void): void;
}

import type { Observer } from "../../runtime/ports.js";

/** One stream of run events for everybody who wants it: results, log lines, the terminal UI, watchers on the control socket. */
export interface Broadcast {
  readonly observer: Observer;
  /** The result ends it. */
  subscribe(listener: Observer): () => void;
}

export function createBroadcast(): Broadcast {
  const listeners = new Set<Observer>();
  const some = (wants: (listener: Observer) => boolean): boolean => {
    for (const listener of listeners) if (wants(listener)) return true;
    return false;
  };
  const token: NonNullable<Observer["token"]> = (event) => {
    for (const listener of listeners) listener.token?.(event);
  };
  return {
    observer: {
      event(event) {
        for (const listener of listeners) if (event.durable !== false || listener.pure !== false) listener.event(event);
      },
      notice(text) {
        for (const listener of listeners) listener.notice?.(text);
      },
      log(line) {
        for (const listener of listeners) listener.log?.(line);
      },
      // Asked each time: models stream, and pure flows make events, only while somebody listens.
      get pure() {
        return some((listener) => listener.pure !== false);
      },
      get token() {
        return some((listener) => listener.token !== undefined) ? token : undefined;
      },
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

import type { Clock } from "../../core/ports/clock.js";

/** How much one request holds: what has to be answered in a time arrives in it also over a slow link. */
export interface RequestRoom {
  /** Of one request; a message alone may be larger. */
  bytes(): number;
  /** The next request is as large as this one's time allows. */
  measured<T>(bytes: number, send: () => Promise<T>): Promise<T>;
}

const LEAST_BYTES = 16 * 1024;
/** What takes longer comes near the time after which it would be given up, and be sent anew from its beginning. */
const LONG_MS = 2500;

export function createRequestRoom(clock: Clock, most: number): RequestRoom {
  let room = most;
  return {
    bytes: () => room,
    async measured(bytes, send) {
      const began = clock.monotonic();
      const took = (): number => clock.monotonic() - began;
      try {
        const sent = await send();
        if (bytes > room / 2 && took() < LONG_MS / 2) room = Math.min(room * 2, most);
        return sent;
      } finally {
        if (took() > LONG_MS) room = Math.max(Math.floor(Math.min(bytes, room) / 2), LEAST_BYTES);
      }
    },
  };
}

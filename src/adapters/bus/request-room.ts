import type { Clock } from "../../core/ports/clock.js";

/** What is not answered in this time is unknown. */
export const REQUEST_MS = 5000;
/** Of a request that is larger than the room. Shorter than the time for which a broker knows what is published again. */
const LONGEST_MS = 60_000;

/** How much one request holds: what has to be answered in a time arrives in it also over a slow link. */
export interface RequestRoom {
  /** Of one request; a message alone may be larger. */
  bytes(): number;
  /** The next request is as large as this one's time allows. `ms`: how long an answer is waited for, longer for what is larger than the room. */
  measured<T>(bytes: number, send: (ms: number) => Promise<T>): Promise<T>;
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
        const sent = await send(Math.min(REQUEST_MS * Math.max(bytes / room, 1), LONGEST_MS));
        if (bytes > room / 2 && took() < LONG_MS / 2) room = Math.min(room * 2, most);
        return sent;
      } finally {
        if (took() > LONG_MS) room = Math.max(Math.floor(Math.min(bytes, room) / 2), LEAST_BYTES);
      }
    },
  };
}

import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";

/** Larger messages are refused, as brokers do (I39). */
const MAX_BYTES = 8 * 1024 * 1024;

export function refuseLarge(messages: readonly Outgoing[]): void {
  const refused = messages.filter(({ body }) => isTooLarge(body));
  if (refused.length > 0) throw new PublishRefused(refused.map(({ id }) => ({ id, reason: "the message is larger than 8 MB" })));
}

/** A character is three bytes at most: most bodies need no counting. */
const isTooLarge = (body: string | Uint8Array): boolean => body.length * 3 > MAX_BYTES && Buffer.byteLength(body) > MAX_BYTES;

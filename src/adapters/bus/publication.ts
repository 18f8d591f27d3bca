import { PublishRefused, TopicsHeld, type Outgoing } from "../../core/ports/bus.js";
import { REDRIVE } from "../../core/redrive-headers.js";

/** What became of those messages of a call to publish that are not stored. */
export interface Unstored {
  readonly refused: { readonly id: string; readonly reason: string }[];
  /** Topics that take nothing now, and why. */
  readonly held: Map<string, string>;
}

/** Ends a call of which every message is stored, refused or held. */
export function endCall({ refused, held }: Unstored, { resolve, reject }: Pick<PromiseWithResolvers<void>, "resolve" | "reject">): void {
  if (refused.length > 0) reject(new PublishRefused(refused, new Set(held.keys())));
  else if (held.size > 0) reject(new TopicsHeld(held));
  else resolve();
}

/** What a message is known by when it is published again. One that is redriven keeps its id and is another message; empty: it has none. */
export function knownBy({ id, headers }: Outgoing): string {
  const redrive = headers[REDRIVE];
  return id === "" || redrive === undefined ? id : `${id}\n${redrive}`;
}

import { PublishRefused, TopicsHeld } from "../../core/ports/bus.js";

/** What became of those messages of a call to publish that are not stored. */
export interface Unstored {
  readonly refused: { readonly id: string; readonly reason: string }[];
  /** Topics that take nothing now, and why. */
  readonly held: Map<string, string>;
}

/** Ends a call of which every message is stored, refused or held. */
export function endCall({ refused, held }: Unstored, { resolve, reject }: Pick<PromiseWithResolvers<void>, "resolve" | "reject">): void {
  if (refused.length > 0) reject(new PublishRefused(refused));
  else if (held.size > 0) reject(new TopicsHeld(held));
  else resolve();
}

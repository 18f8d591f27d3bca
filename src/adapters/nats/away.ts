import type { Clock } from "../../core/ports/clock.js";
import type { Link } from "./link.js";

/** A server that is away for so long is told to the reader, which subscribes anew. */
export const PATIENCE_MS = 30_000;

/** Tells the reader when the server has been away for too long, with the last reason that is known. The function that it gives ends this. */
export function tellAway(link: Link, clock: Clock, told: (reason: Error) => void): () => void {
  let why = "the connection is lost";
  let cancel = (): void => undefined;
  const wait = (): void => {
    cancel = clock.after(PATIENCE_MS, () => told(new Error(`NATS is away: ${why}`)));
  };
  const unwatch = link.watch(
    (up) => {
      cancel();
      why = "the connection is lost";
      if (!up) wait();
    },
    ({ message }) => {
      why = message;
    },
  );
  if (!link.isUp()) wait();
  return () => {
    cancel();
    unwatch();
  };
}

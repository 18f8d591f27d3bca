import type { Delivery } from "../../core/ports/bus.js";
import type { Read } from "./lease-records.js";

/** What one reader has of a stream: acknowledged in any order, counted from the front. */
export interface InOrder {
  add(delivery: Delivery, seq: number): void;
  /** Acknowledged, unless it was given back meanwhile. */
  ack(deliveries: readonly Delivery[]): void;
  /** Held back until the result is called. */
  giveBack(deliveries: readonly Delivery[]): () => readonly Delivery[];
  /** Up to where all is acknowledged. */
  read(): Read;
  /** Acknowledged behind it. */
  ahead(): number;
}

interface Open {
  readonly read: Read;
  state: "held" | "back" | "done";
  attempt: number;
}

export function createInOrder(from: Read): InOrder {
  const open = new Map<string, Open>();
  let all = from;
  return {
    add({ offset, timestamp }, position) {
      open.set(offset, { read: { position, at: timestamp }, state: "held", attempt: 1 });
    },
    ack(deliveries) {
      for (const { offset } of deliveries) {
        const one = open.get(offset);
        if (one?.state === "held") one.state = "done";
      }
      // In the order in which they came: a Map keeps it.
      for (const [offset, { read, state }] of open) {
        if (state !== "done") break;
        all = read;
        open.delete(offset);
      }
    },
    giveBack(deliveries) {
      const mine = deliveries.filter(({ offset }) => open.get(offset)?.state === "held");
      for (const { offset } of mine) set(offset, "back");
      return () => mine.map((delivery) => ({ ...delivery, attempt: set(delivery.offset, "held") }));
    },
    read: () => all,
    ahead: () => [...open.values()].filter(({ state }) => state === "done").length,
  };

  function set(offset: string, state: "held" | "back"): number {
    const one = open.get(offset);
    if (one === undefined) return 1;
    one.state = state;
    if (state === "back") one.attempt += 1;
    return one.attempt;
  }
}

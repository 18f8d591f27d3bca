import type { Delivery } from "../../core/ports/bus.js";

/** What one reader has of a stream: acknowledged in any order, counted from the front. */
export interface InOrder {
  add(delivery: Delivery, seq: number): void;
  /** Acknowledged, unless it was given back meanwhile. */
  ack(deliveries: readonly Delivery[]): void;
  /** Held back until the result is called. */
  giveBack(deliveries: readonly Delivery[]): () => readonly Delivery[];
  /** Up to where all is acknowledged. */
  position(): number;
  /** Acknowledged behind it. */
  ahead(): number;
}

interface Open {
  readonly seq: number;
  state: "held" | "back" | "done";
  attempt: number;
}

export function createInOrder(from: number): InOrder {
  const open = new Map<string, Open>();
  let position = from;
  return {
    add({ offset }, seq) {
      open.set(offset, { seq, state: "held", attempt: 1 });
    },
    ack(deliveries) {
      for (const { offset } of deliveries) {
        const one = open.get(offset);
        if (one?.state === "held") one.state = "done";
      }
      // In the order in which they came: a Map keeps it.
      for (const [offset, { seq, state }] of open) {
        if (state !== "done") break;
        position = seq;
        open.delete(offset);
      }
    },
    giveBack(deliveries) {
      const mine = deliveries.filter(({ offset }) => open.get(offset)?.state === "held");
      for (const { offset } of mine) set(offset, "back");
      return () => mine.map((delivery) => ({ ...delivery, attempt: set(delivery.offset, "held") }));
    },
    position: () => position,
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

/** A kill of the server, of one of the workers, of both; the server stays away; a worker stands still; members of every group come and go. */
export type Fault = "server" | "worker" | "both" | "away" | "frozen" | "rebalance";

/** Each kind once, as far as the number goes, the rest by luck, long ones being the rarer; in no order. */
export function faultsOf(count: number, on: string, random: () => number): Fault[] {
  // A store has no groups.
  const kinds: readonly Fault[] = ["both", "worker", "server", "away", "frozen", ...(on === "postgres" ? [] : ["rebalance" as const])];
  const deck = Array.from({ length: count }, (_, at) => kinds[at] ?? chosen(random(), on));
  return deck.map((fault) => ({ fault, place: random() })).toSorted((a, b) => a.place - b.place).map(({ fault }) => fault);
}

function chosen(luck: number, on: string): Fault {
  if (luck < 0.35) return "server";
  if (luck < 0.65) return "worker";
  if (luck < 0.8) return "both";
  if (luck < 0.9) return on === "postgres" ? "both" : "rebalance";
  return luck < 0.95 ? "away" : "frozen";
}

import { endingOf, type Order } from "./order.js";
import type { Told } from "./told.js";

/** In the order in which the saga does them; what stands side by side has one rank. */
const RANKS: readonly string[] = ["reserved", "charged", "picked", "labelled", "insured", "carrier", "gift", "shipped", "told"];
const rank = (effect: string): number => RANKS.indexOf(effect.split("/")[0] ?? "");

/** What is wrong with what the ledger has seen of an order, or null. */
export function imbalance(order: Order, log: readonly string[]): string | null {
  const of = (verb: string): string[] => log.filter((line) => line.startsWith(`${verb} `)).map((line) => line.slice(verb.length + 1));
  const [done, undone] = [of("do"), of("undo")];
  if (new Set(done).size < done.length) return "an effect was applied twice";
  if (new Set(undone).size < undone.length) return "an effect was undone twice";
  if (undone.some((effect) => !log.slice(0, log.indexOf(`undo ${effect}`)).includes(`do ${effect}`))) return "an effect was undone that had not been applied";
  const standing = done.filter((effect) => !undone.includes(effect));
  const carriers = standing.filter((effect) => effect.startsWith("carrier/"));
  const others = standing.filter((effect) => !carriers.includes(effect)).toSorted();
  const wanted = wantedOf(order);
  if (others.join() !== wanted.effects.toSorted().join()) return `${others.join(", ") || "nothing"} stands, not ${wanted.effects.toSorted().join(", ") || "nothing"}`;
  if (carriers.length !== wanted.carriers) return `${carriers.length} carriers are booked, not ${wanted.carriers}`;
  // The last undo of all: after it nothing is done any more.
  const last = log.slice(log.findLastIndex((line) => line.startsWith("do ")) + 1).map((line) => rank(line.slice("undo ".length)));
  return last.every((one, at) => at === 0 || one <= (last[at - 1] ?? one)) ? null : "undone in another order";
}

/**
 * Whether the ledger has seen the undos that the journal tells, in its order. Of a run that is still under way it may
 * have seen one more: that one is begun in the journal, and its answer was not there yet when the process was stopped.
 */
export function hasUndone({ ending, undone, undoing }: Pick<Told, "ending" | "undone" | "undoing">, log: readonly string[]): boolean {
  const seen = log.filter((line) => line.startsWith("undo ")).map((line) => line.slice("undo ".length));
  const last = seen.length > undone.length ? seen.pop() : undefined;
  return seen.join() === undone.join() && (last === undefined || (ending === "open" && last === undoing));
}

/** What is applied and not undone, and how many of the carriers that run for it. */
function wantedOf(order: Order): { readonly effects: readonly string[]; readonly carriers: number } {
  const { lines, fails, needs } = order;
  const ending = endingOf(order);
  if (ending === "failed" || ending === "compensated" || ending === "cancelled") return { effects: [], carriers: 0 };
  // The undo of the charge does not succeed, and what stands before it waits.
  if (ending === "incident") return { effects: ["reserved", "charged"], carriers: 0 };
  const items = (what: string): string[] => Array.from({ length: lines }, (_, at) => `${what}/${at}`);
  const packed = fails === "labelled" || fails === "insured" ? [] : ["labelled", "insured"];
  const gifts = needs === "gift" ? items("gift") : [];
  const end = ending === "completed" ? ["shipped", "told"] : [];
  return { effects: ["reserved", "charged", ...items("picked"), ...packed, ...gifts, ...end], carriers: 1 };
}

import type { Sent } from "../case.js";
import { FAILS, NEEDS, type Order } from "./order.js";

/** Half of the orders succeed without anybody; the others fail at some step, wait for somebody, or both. */
export function workload(count: number, random: () => number): Sent[] {
  const pick = <T>(list: readonly [T, ...(readonly T[])]): T => list[Math.floor(random() * list.length)] ?? list[0];
  const sent: Sent[] = [];
  for (let at = 1; sent.length < count; at += 1) {
    const id = `o-${at}`;
    const poison = random() < 0.02;
    const fails = random() < 0.4 ? pick(FAILS) : "nothing";
    const needs = random() < 0.3 ? pick(NEEDS) : "nothing";
    const order: Order = { id, lines: fails === "picked" ? 2 + Math.floor(random() * 3) : 1 + Math.floor(random() * 4), fails, needs };
    sent.push(poison ? { topic: "orders", id, body: { id, lines: "many" }, is: "poison" } : { topic: "orders", id, body: { ...order }, is: "run" });
    // Somebody sends it again, or one that was sent long ago.
    const again = random() < 0.03 ? sent.at(-1) : random() < 0.03 ? sent[Math.floor(random() * sent.length)] : undefined;
    if (again !== undefined) sent.push({ ...again, is: again.is === "run" ? "duplicate" : again.is });
  }
  return sent.slice(0, count);
}

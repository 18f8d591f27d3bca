import type { Sent } from "../case.js";

/** Messages for the three flows that read from outside, in the order in which they are sent. */
export function workload(count: number, random: () => number): Sent[] {
  const sent: Sent[] = [];
  for (let at = 1; sent.length < count; at += 1) {
    const luck = random();
    const one = luck < 0.4 ? sale(at, random) : luck < 0.65 ? question(at, random) : order(at, random);
    sent.push(one);
    // Somebody sends it again, now or after others.
    if (random() < 0.03) sent.push({ ...one, is: one.is === "run" ? "duplicate" : one.is });
    const earlier = sent[Math.floor(random() * sent.length)];
    if (random() < 0.03 && earlier !== undefined) sent.push({ ...earlier, is: earlier.is === "run" ? "duplicate" : earlier.is });
  }
  return sent.slice(0, count);
}

const pick = (list: readonly string[], random: () => number): string => list[Math.floor(random() * list.length)] ?? "";

function sale(at: number, random: () => number): Sent {
  const id = `s-${at}`;
  if (random() < 0.03) return { topic: "sales", id, body: { id, sku: "lamp", site: "ams", qty: "many", sales_rate: 1 }, is: "poison" };
  const alarm = random() < 0.4;
  const body = { id, sku: pick(["kettle", "lamp", "mixer", "radio", "toaster"], random), site: pick(["ams", "ber", "mad", "par", "vie"], random), qty: alarm ? 1 + Math.floor(random() * 9) : 400, sales_rate: 40 };
  return { topic: "sales", id, body, is: alarm ? "run" : "filtered" };
}

function question(at: number, random: () => number): Sent {
  const id = `m-${at}`;
  if (random() < 0.03) return { topic: "support.inbox", id, body: { id, from: "x" }, is: "poison" };
  return { topic: "support.inbox", id, body: { id, from: `customer${Math.floor(random() * 20)}`, subject: "Invoice", body: "My invoice shows the wrong amount, or the app does not start." }, is: "run" };
}

function order(at: number, random: () => number): Sent {
  const id = `o-${at}`;
  if (random() < 0.03) return { topic: "orders", id, body: { id, amount: "much" }, is: "poison" };
  return { topic: "orders", id, body: { id, customer: `c${Math.floor(random() * 50)}`, amount: 1 + Math.floor(random() * 60) }, is: "run" };
}

import { isJsonObject, type Json } from "../../../src/core/json.js";

/** A message of the topic `orders`: it says itself what goes wrong and what it waits for. */
export interface Order {
  readonly id: string;
  readonly lines: number;
  /** The step that the ledger refuses; `stuck` and `healed`: the pivot, and then an undo, for ever or until a person has seen to it. */
  readonly fails: (typeof FAILS)[number];
  readonly needs: (typeof NEEDS)[number];
}

export const FAILS = ["nothing", "unlucky", "broken", "reserved", "charged", "picked", "labelled", "insured", "carrier", "shipped", "stuck", "healed"] as const;
/** Persons: `yes` and `no` are answers, `cancel` is an operator's, `never` waits for ever, `late` until its time is over. */
export const NEEDS = ["nothing", "yes", "no", "cancel", "never", "late", "paper", "signal", "gift"] as const;

/** How its run ends, or where it stands when nothing goes on any more. */
export type Ending = "completed" | "compensated" | "cancelled" | "parked" | "incident" | "failed";

export function orderOf(body: Json): Order {
  const { id, lines, fails, needs } = isJsonObject(body) ? body : {};
  const failing = FAILS.find((one) => one === fails);
  const needed = NEEDS.find((one) => one === needs);
  if (typeof id !== "string" || typeof lines !== "number" || failing === undefined || needed === undefined) throw new Error(`no order: ${JSON.stringify(body)}`);
  return { id, lines, fails: failing, needs: needed };
}

/** What the flow promises, said without it. */
export function endingOf({ fails, needs }: Order): Ending {
  if (fails === "unlucky" || fails === "broken") return "failed";
  // What fails before anybody is asked; a saga inside that is undone is caught.
  const early = fails === "reserved" || fails === "charged" || fails === "picked" || fails === "carrier";
  if (!early && needs === "never") return "parked";
  const undone = early || needs === "no" || needs === "late" || needs === "cancel" || fails === "shipped" || fails === "stuck" || fails === "healed";
  if (!undone) return "completed";
  if (fails === "stuck") return "incident";
  return needs === "cancel" && !early ? "cancelled" : "compensated";
}

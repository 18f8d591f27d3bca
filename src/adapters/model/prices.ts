import type { ModelPlan } from "../../core/plan/flow-plan.js";
import table from "./prices.json" with { type: "json" };

/** USD per million tokens. */
export interface Price {
  readonly in: number;
  readonly out: number;
}

const listed: ReadonlyMap<string, Price> = new Map(Object.entries(table.openai));

/**
 * The model's own `price`, else the one of prices.json (list prices on its `date`), else null: nobody knows.
 * A dated name (`gpt-4o-2024-08-06`, `gpt-4-0613`) costs what its family costs, unless it is listed itself.
 * Scripted models cost nothing, and recorded answers what they would cost again, where that is known.
 */
export function priceOf(model: Pick<ModelPlan, "provider" | "model" | "price">): Price | null {
  if (model.price !== undefined) return model.price;
  if (model.provider === "scripted") return { in: 0, out: 0 };
  if (model.provider !== "openai" && model.provider !== "cassette") return null;
  const price = listed.get(model.model) ?? listed.get(model.model.replace(/-(\d{4}-\d{2}-\d{2}|\d{4}|latest)$/, ""));
  return price ?? (model.provider === "cassette" ? { in: 0, out: 0 } : null);
}

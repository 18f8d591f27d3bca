import { priceOf } from "../../adapters/model/prices.js";
import type { Outside } from "../../compiler/types/binding.js";
import { PROVIDERS } from "./providers.js";

/** What the compiler asks of the world: which providers there are, which models have a price. */
export const OUTSIDE: Outside = {
  providers: new Set(Object.keys(PROVIDERS)),
  priced: (_name, model) => priceOf(model) !== null,
};

import type { Json, JsonObject } from "../../../core/json.js";

/** One HTTP tool of a plan, for its recordings. */
export interface RecordedTool {
  readonly name: string;
  readonly method: string;
  /** The url for an input, with secrets as their names: `${env:SHOP_URL}/orders/7`. */
  readonly url: (input: Json) => Promise<string>;
}

/** All that decides what a service answers. Neither headers nor the idempotency key: one holds secrets, the other the run's id. */
export const recordedCall = async ({ method, url }: RecordedTool, input: Json): Promise<JsonObject> => ({
  method: method.toUpperCase(),
  url: withoutCredentials(await url(input)),
  input,
});

const withoutCredentials = (url: string): string => url.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");

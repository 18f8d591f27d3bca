import type { Json, JsonObject } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { parseJson } from "../../core/parse-json.js";
import { type Codec, Undecodable } from "./codec.js";

const strict = new TextDecoder("utf-8", { fatal: true });

/** JSON behind the id of its schema. What a message must be is checked by the flow, whichever schema it came with. */
export function jsonCodec(schema: JsonObject | boolean): Codec {
  return {
    own: { schemaType: "JSON", schema: JSON.stringify(schema), references: [] },
    prefix: new Uint8Array(),
    encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode,
    reader(writer) {
      if (writer.schemaType !== "JSON") throw new Undecodable(`its schema is ${writer.schemaType}, not JSON Schema`);
      return decode;
    },
  };
}

function decode(bytes: Uint8Array): Json {
  try {
    return parseJson(strict.decode(bytes));
  } catch (thrown) {
    throw new Undecodable(`it is not JSON: ${messageOf(thrown)}`);
  }
}

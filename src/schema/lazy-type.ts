import type { Type } from "../core/type.js";
import type { Definitions, Lowered, PointerProblem, Schema } from "./environment.js";
import { schemaToType } from "./to-type.js";

/** A lowered schema whose type is worked out when it is first read: it may refer to what is not lowered yet. */
export function withLazyType(schema: Schema, problems: readonly PointerProblem[], definitions: Definitions): Lowered {
  let type: Type | null = null;
  return {
    schema,
    problems,
    get type() {
      type ??= schemaToType(schema, definitions);
      return type;
    },
  };
}

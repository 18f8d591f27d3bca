import type { Type } from "../core/type.js";
import { endless } from "./endless.js";
import { UNKNOWN, type Definition, type Definitions, type Lowered, type PointerProblem } from "./environment.js";

/**
 * Registers a schema under an id. `lower` runs once, when somebody asks. `name` is what messages call the type.
 * A declared type is `define(definitions, id, name, () => lowerType(json, env, id))`.
 */
export function define(definitions: Definitions, id: string, name: string, lower: () => Lowered): Definition {
  let lowered: Lowered | null = null;
  let type: Type | null = null;
  let problems: readonly PointerProblem[] | null = null;
  let busy = false;
  const get = (): Type => {
    if (type) return type;
    // A chain of references that never reaches a type: `problems` says so, here it must only end.
    if (busy) return UNKNOWN;
    busy = true;
    type = named(name, straight((lowered ??= lower()).type));
    busy = false;
    return type;
  };
  const definition: Definition = {
    id,
    type: { kind: "ref", name, get },
    get schema() {
      return (lowered ??= lower()).schema;
    },
    get problems() {
      problems ??= [...(lowered ??= lower()).problems, ...endless(definition, name, definitions)];
      return problems;
    },
  };
  definitions.set(id, definition);
  return definition;
}

function straight(type: Type): Type {
  let at = type;
  while (at.kind === "ref") at = at.get();
  return at;
}

const named = (name: string, type: Type): Type => (type.kind === "object" && type.name === undefined ? { ...type, name } : type);

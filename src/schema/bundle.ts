import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { refId, type Definitions, type Schema } from "./environment.js";

/**
 * A lowered schema with every definition that it reaches under `$defs`: self-contained, as a plan keeps it.
 * A mere reference is replaced by what it refers to: models ask for an object at the root.
 */
export function bundle(schema: Schema, definitions: Definitions): Schema {
  const root = follow(schema, definitions);
  const found = new Map<string, Schema>();
  collect(root, definitions, found);
  if (!isJsonObject(root) || found.size === 0) return root;
  const defs: JsonObject = Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...root, $defs: defs };
}

function follow(schema: Schema, definitions: Definitions): Schema {
  const seen = new Set<string>();
  let at = schema;
  while (isJsonObject(at) && typeof at["$ref"] === "string" && Object.keys(at).length === 1) {
    const id = refId(at["$ref"]);
    const next = definitions.get(id)?.schema;
    if (next === undefined || seen.has(id)) return at;
    seen.add(id);
    at = next;
  }
  return at;
}

/** Keywords that hold data, where `$ref` is only a word; and those whose keys are names, not keywords. */
const DATA: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas"]);

function collect(schema: Json, definitions: Definitions, found: Map<string, Schema>): void {
  if (Array.isArray(schema)) {
    for (const part of schema) collect(part, definitions, found);
  } else if (isJsonObject(schema)) {
    for (const [key, value] of Object.entries(schema)) {
      if (key === "$ref" && typeof value === "string") collectDefinition(refId(value), definitions, found);
      else if (NAMED.has(key) && isJsonObject(value)) for (const part of Object.values(value)) collect(part, definitions, found);
      else if (!DATA.has(key)) collect(value, definitions, found);
    }
  }
}

function collectDefinition(id: string, definitions: Definitions, found: Map<string, Schema>): void {
  const definition = definitions.get(id);
  if (definition === undefined || found.has(id)) return;
  found.set(id, definition.schema);
  collect(definition.schema, definitions, found);
}

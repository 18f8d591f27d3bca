import { isJsonObject, type Json } from "../core/json.js";
import { refId, type Definition, type Definitions, type PointerProblem } from "./environment.js";

/** A type that contains itself on every way can have no value: `A: { $ref: "#/types/A" }`, an object that requires itself. */
export function endless(definition: Definition, name: string, definitions: Definitions): PointerProblem[] {
  const cycle = findCycle(definition.schema, [definition.id], { definitions, finite: new Set() });
  // Each circle is reported once, at its first definition.
  if (cycle === null || cycle.toSorted()[0] !== definition.id || !cycle.includes(definition.id)) return [];
  const others = cycle.filter((id) => id !== definition.id);
  const through = others.length > 0 ? ` through \`${others.join("`, `")}\`` : "";
  return [{ pointer: [], code: "FC4156", message: `\`${name}\` contains itself${through}, so no value can ever have this type`, hint: "make the field optional, or put it in a list" }];
}

interface Search {
  readonly definitions: Definitions;
  /** Definitions that have values: each is looked into once, however many ways lead to it. */
  readonly finite: Set<string>;
}

/** The definitions that lead back to one already open, when every value of `schema` must hold one of them. */
function findCycle(schema: Json, open: readonly string[], search: Search): readonly string[] | null {
  if (!isJsonObject(schema)) return null;
  const ref = schema["$ref"];
  if (typeof ref === "string") {
    const id = refId(ref);
    const at = open.indexOf(id);
    if (at !== -1) return open.slice(at);
    const target = search.finite.has(id) ? undefined : search.definitions.get(id);
    const cycle = target ? findCycle(target.schema, [...open, id], search) : null;
    if (cycle) return cycle;
    search.finite.add(id);
  }
  for (const part of list(schema["allOf"])) {
    const cycle = findCycle(part, open, search);
    if (cycle) return cycle;
  }
  for (const forms of [list(schema["anyOf"]), list(schema["oneOf"])]) {
    const cycles = forms.map((form) => findCycle(form, open, search));
    const [first] = cycles;
    if (first && cycles.every((cycle) => cycle !== null)) return first;
  }
  if (schema["type"] !== "object") return null;
  const properties = schema["properties"];
  for (const name of list(schema["required"])) {
    const field = isJsonObject(properties) && typeof name === "string" ? properties[name] : undefined;
    const cycle = field === undefined ? null : findCycle(field, open, search);
    if (cycle) return cycle;
  }
  return null;
}

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

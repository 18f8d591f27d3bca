/**
 * Structural types: what JSON Schemas, expressions and steps are checked with.
 * A schema's value rules (`pattern`, `minimum`, `format`) are not here: they are checked at run time.
 */
export type Type =
  | { readonly kind: "any"; /** fields may be read without a schema, as of a dead letter that any flow may have left */ readonly dynamic?: true; /** what a reported problem left behind */ readonly wrong?: true }
  | { readonly kind: "never" }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" }
  | { readonly kind: "number"; readonly integer: boolean }
  | { readonly kind: "string" }
  | { readonly kind: "const"; readonly value: string | number | boolean }
  | { readonly kind: "list"; readonly items: Type; /** literal lists know their length */ readonly length?: number }
  | ObjectType
  | { readonly kind: "union"; readonly of: readonly Type[] }
  /** A value that may be absent. Exists in expressions only, never nested, never inside a field (fields say `required`). */
  | { readonly kind: "optional"; readonly of: Type }
  | { readonly kind: "timestamp" }
  | { readonly kind: "duration" }
  /** A reference that is resolved when it is read, so that recursive schemas are finite. */
  | { readonly kind: "ref"; readonly name: string; readonly get: () => Type };

export interface ObjectType {
  readonly kind: "object";
  /** Shown in messages: `Order`. */
  readonly name?: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** What other keys may hold: none, anything unread, or a map's value type. */
  readonly rest: "closed" | "open" | Type;
}

export interface Field {
  readonly type: Type;
  readonly required: boolean;
  /** What a reader should know when the field is absent: "the step has a `when`". */
  readonly why?: string;
}

export const ANY: Type = { kind: "any" };
export const NEVER: Type = { kind: "never" };
export const NULL: Type = { kind: "null" };
export const BOOLEAN: Type = { kind: "boolean" };
export const NUMBER: Type = { kind: "number", integer: false };
export const INTEGER: Type = { kind: "number", integer: true };
export const STRING: Type = { kind: "string" };
export const TIMESTAMP: Type = { kind: "timestamp" };
export const DURATION: Type = { kind: "duration" };
export const listOf = (items: Type): Type => ({ kind: "list", items });
export const optionalOf = (of: Type): Type => (of.kind === "optional" ? of : { kind: "optional", of });
export const objectOf = (
  fields: Readonly<Record<string, Type | Field>>,
  rest: ObjectType["rest"] = "closed",
): ObjectType => ({
  kind: "object",
  fields: new Map(
    Object.entries(fields).map(([name, field]) => [name, "required" in field ? field : { type: field, required: true }]),
  ),
  rest,
});

/** Follows references until a real type stands there. */
export function resolve(type: Type): Exclude<Type, { kind: "ref" }> {
  let at = type;
  while (at.kind === "ref") at = at.get();
  return at;
}

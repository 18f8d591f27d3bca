import { join } from "../../core/typing/join.js";
import { describeType } from "../../core/typing/print.js";
import { elementType, fieldNames, property } from "../../core/typing/property.js";
import { similar } from "../../core/typing/similar.js";
import { INTEGER, listOf, NEVER, NUMBER, optionalOf, resolve, STRING, type Field, type ObjectType, type Type } from "../../core/type.js";
import { basesOf, isInteger, isOnly } from "../check/base.js";
import type { Signature } from "./signature.js";

const items = (type: Type | undefined): Type => (type === undefined ? NEVER : (elementType(type) ?? NEVER));
const entry = (form: string, description: string, parameters: Signature["parameters"], result: Signature["result"], more: Partial<Signature> = {}): Signature => ({ form, description, parameters, result, ...more });

const numbers = ([xs]: readonly Type[], then: (element: Type) => Type): Type | string => {
  const element = items(xs);
  return isOnly(element, "number") ? then(element) : `needs numbers, but the elements are ${describeType(element)}`;
};
const sortable = (element: Type): boolean => (["number", "string", "boolean", "timestamp", "duration"] as const).some((base) => isOnly(element, base));
/** What has a form as text of its own, in each of its forms. */
const hasText = (element: Type): boolean => {
  const bases = basesOf(element);
  return !bases.has("any") && !bases.has("list") && !bases.has("object");
};
const extreme = (args: readonly Type[]): Type | string => {
  const [xs] = args;
  const element = args.length === 1 && xs !== undefined && elementType(xs) !== null ? items(xs) : args.reduce(join, NEVER);
  return sortable(element) ? element : `needs values of one kind that have an order, not ${describeType(element)}`;
};

export const LISTS: Readonly<Record<string, Signature>> = {
  size: entry("size(x)", "The number of a list's elements, a text's characters or an object's keys.", [["list", "string", "object"]], () => INTEGER),
  sum: entry("sum(xs)", "The sum of numbers; 0 for none.", ["list"], (args) => numbers(args, (element) => (isInteger(element) ? INTEGER : NUMBER))),
  avg: entry("avg(xs)", "The mean of numbers; an error for none.", ["list"], (args) => numbers(args, () => NUMBER)),
  min: entry("min(xs)", "The smallest element, or the smallest of several values; an error for none.", ["value"], extreme, { repeated: true }),
  max: entry("max(xs)", "The largest element, or the largest of several values; an error for none.", ["value"], extreme, { repeated: true }),
  sort: entry("sort(xs)", "The elements in ascending order.", ["list"], ([xs]) => (sortable(items(xs)) ? listOf(items(xs)) : `has no order for elements that are ${describeType(items(xs))}: write \`sortBy(xs, 'field')\``)),
  sortBy: entry("sortBy(xs, 'field')", "Objects in ascending order of a field.", ["list", "string"], sortBy),
  slice: entry("slice(xs, from, to?)", "Elements from an index up to, but not including, another.", ["list", "integer", "integer"], ([xs]) => listOf(items(xs)), { optional: 1 }),
  chunk: entry("chunk(xs, n)", "Lists of n elements each; the last may be shorter.", ["list", "integer"], ([xs]) => listOf(listOf(items(xs)))),
  flatten: entry("flatten(xs)", "The elements of the lists in a list.", ["list"], ([xs]) => {
    const inner = elementType(items(xs));
    return inner === null ? `needs a list of lists, but the elements are ${describeType(items(xs))}` : listOf(inner);
  }),
  distinct: entry("distinct(xs)", "Each element once, in order of first appearance.", ["list"], ([xs]) => listOf(items(xs))),
  first: entry("first(xs)", "The first element, as an optional.", ["list"], ([xs]) => optionalOf(items(xs))),
  last: entry("last(xs)", "The last element, as an optional.", ["list"], ([xs]) => optionalOf(items(xs))),
  reverse: entry("reverse(xs)", "The elements from the last to the first.", ["list"], ([xs]) => listOf(items(xs))),
  join: entry("xs.join(by?)", "The elements as one text.", ["list", "string"], ([xs]) => (hasText(items(xs)) ? STRING : `needs elements that are texts or numbers, not ${describeType(items(xs))}`), { optional: 1 }),
  merge: entry("merge(a, b)", "The fields of both objects; where both have one, b's.", ["object", "object"], ([a, b]) => (a === undefined || b === undefined ? NEVER : mergeTypes(a, b))),
};

function sortBy([xs, by]: readonly Type[]): Type | string {
  const element = items(xs);
  if (resolve(element).kind === "never" || by === undefined) return listOf(element);
  const name = resolve(by);
  if (name.kind !== "const" || typeof name.value !== "string") return "needs the field's name as a text in quotes";
  const field = property(element, name.value);
  if (field.kind === "unreadable") return `needs objects, but the elements are ${describeType(element)}`;
  if (field.kind === "absent") {
    const near = similar(name.value, fieldNames(element));
    return `has no field \`${name.value}\` to sort by${near === null ? "" : `: did you mean \`${near}\`?`}`;
  }
  return sortable(field.type) ? listOf(element) : `cannot order by \`${name.value}\`: it is ${describeType(field.type)}`;
}

function mergeTypes(a: Type, b: Type): Type {
  const [left, right] = [resolve(a), resolve(b)];
  if (left.kind === "never" || right.kind === "never") return NEVER;
  if (left.kind === "union") return left.of.map((member) => mergeTypes(member, right)).reduce(join);
  if (right.kind === "union") return right.of.map((member) => mergeTypes(left, member)).reduce(join);
  if (left.kind !== "object" || right.kind !== "object") return NEVER;
  const fields = new Map<string, Field>();
  // A map on the right may hold any of the left's keys; one on the left may hold a key that the right leaves out.
  for (const [name, field] of left.fields) fields.set(name, typeof right.rest === "string" || right.fields.has(name) ? field : { ...field, type: join(field.type, right.rest) });
  for (const [name, field] of right.fields) {
    const under = left.fields.get(name);
    const before = under?.type ?? (typeof left.rest === "string" ? null : left.rest);
    fields.set(name, field.required || before === null ? field : { type: join(before, field.type), required: under?.required === true });
  }
  return { kind: "object", fields, rest: mergeRest(left.rest, right.rest) };
}

const mergeRest = (a: ObjectType["rest"], b: ObjectType["rest"]): ObjectType["rest"] =>
  a === "open" || b === "open" ? "open" : a === "closed" ? b : b === "closed" ? a : join(a, b);

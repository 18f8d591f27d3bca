import { resolveAvro, type AvroSchema, type AvroType } from "../../../core/format/avro.js";
import { branchOf } from "../../../core/format/avro-branch.js";

/**
 * Why numbers of one schema mean something else in the other: avsc sees what they stand on, and 1250 is 12.50 with two
 * digits behind the point and 1.250 with three. Null: they mean the same.
 */
export function otherUnits(writer: AvroSchema, reader: AvroSchema): string | null {
  const seen = new Set<string>();

  function walk(wrote: AvroType, reads: AvroType, at: string): string | null {
    const [from, to] = [resolveAvro(wrote, writer), resolveAvro(reads, reader)];
    if (from.is === "union") return first(from.of, (one) => walk(one, to, at));
    if (to.is === "union") {
      const branch = to.of.find((one) => branchOf(one) === branchOf(from)) ?? to.of.find((one) => resolveAvro(one, reader).is === from.is);
      return branch === undefined ? null : walk(from, branch, at);
    }
    if (from.is === "array" && to.is === "array") return walk(from.items, to.items, at);
    if (from.is === "map" && to.is === "map") return walk(from.values, to.values, at);
    if (from.is === "record" && to.is === "record") {
      const pair = `${from.name} ${to.name}`;
      if (seen.has(pair)) return null;
      seen.add(pair);
      const written = new Map(from.fields.map(({ name, type }) => [name, type]));
      return first(to.fields, ({ name, type }) => {
        const field = written.get(name);
        return field === undefined ? null : walk(field, type, name);
      });
    }
    const [unit, own] = [unitOf(from), unitOf(to)];
    return unit === null || own === null || unit === own ? null : `${at === "" ? "it" : `\`${at}\``} was written as ${unit}, and the topic has ${own}`;
  }
  return walk(writer.root, reader.root, "");
}

/** Null: a number without one, which may be read as anything. */
function unitOf(type: AvroType): string | null {
  switch (type.is) {
    case "decimal":
      return `a decimal with ${type.scale} digits behind the point`;
    case "date":
      return "a date";
    case "time":
      return `a time of day with ${type.digits} digits behind the second`;
    case "timestamp":
      return `a time with ${type.digits} digits behind the second`;
    default:
      return null;
  }
}

function first<T>(all: readonly T[], check: (one: T) => string | null): string | null {
  for (const one of all) {
    const found = check(one);
    if (found !== null) return found;
  }
  return null;
}

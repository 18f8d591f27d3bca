/** What the server answers, as what it is. */
export const listOf = (reply: unknown): readonly unknown[] => (Array.isArray(reply) ? reply : []);
export const textOf = (reply: unknown): string => (Buffer.isBuffer(reply) ? reply.toString() : typeof reply === "string" || typeof reply === "number" ? String(reply) : "");
/** Null: it is none. */
export const numberOf = (reply: unknown): number | null => (typeof reply === "number" ? reply : Buffer.isBuffer(reply) ? Number(reply.toString()) : null);

/** Names and values that follow each other. */
export function fieldsOf(reply: unknown): ReadonlyMap<string, unknown> {
  const list = listOf(reply);
  const fields = new Map<string, unknown>();
  for (let at = 0; at < list.length; at += 2) fields.set(textOf(list[at]), list[at + 1]);
  return fields;
}

/** Lines `name:value`, as INFO says them. */
export const infoOf = (reply: unknown): ReadonlyMap<string, string> => new Map(textOf(reply).split("\r\n").flatMap((line): [string, string][] => (line.includes(":") ? [[line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]] : [])));

/** Whether an expression, or data with holes, reads a root variable: what nobody reads need not be made. */
export function readsVariable(part: unknown, name: string): boolean {
  if (typeof part !== "object" || part === null) return false;
  if (Array.isArray(part)) return part.some((one) => readsVariable(one, name));
  if ("op" in part && part.op === "var" && "name" in part) return part.name === name;
  return Object.values(part).some((one) => readsVariable(one, name));
}

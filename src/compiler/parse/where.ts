/** Where a value stands: some traps depend on it. */
export interface Where {
  readonly inside: "block" | "map" | "list";
  /** The key that the value belongs to, and the key around that. */
  readonly key: string;
  readonly above: string;
  readonly depth: number;
}

export const ROOT: Where = { inside: "block", key: "", above: "", depth: 0 };

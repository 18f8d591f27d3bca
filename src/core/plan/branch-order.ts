interface Branch {
  readonly name: string;
  readonly after: readonly string[];
}

const found = new WeakMap<readonly Branch[], ReadonlyMap<string, ReadonlySet<string>>>();

/** Of the branches of a `parallel`, by name: those that have ended before it begins. Found once: there may be a thousand, and whoever asks about one asks about each. */
export function endedBefore(branches: readonly Branch[]): ReadonlyMap<string, ReadonlySet<string>> {
  const known = found.get(branches);
  if (known !== undefined) return known;
  const after = new Map(branches.map((branch) => [branch.name, branch.after]));
  const made = new Map(branches.map((branch) => [branch.name, reached(after, branch.after)]));
  found.set(branches, made);
  return made;
}

function reached(after: ReadonlyMap<string, readonly string[]>, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(after.get(next) ?? []));
  }
  return seen;
}

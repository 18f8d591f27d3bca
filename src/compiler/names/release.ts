/** Of a flow's version, `major.minor.patch`. */
export const majorOf = (release: string): string => release.split(".")[0] ?? release;

/** By precedence of semantic versions: a pre-release comes before its version, what follows a `+` says nothing. */
export function isNewer(release: string, than: string): boolean {
  const [a, b] = [parse(release), parse(than)];
  for (const [at, part] of a.numbers.entries()) {
    const other = b.numbers[at] ?? 0;
    if (part !== other) return part > other;
  }
  if (a.pre === null || b.pre === null) return a.pre === null && b.pre !== null;
  return a.pre.localeCompare(b.pre, "en", { numeric: true }) > 0;
}

function parse(release: string): { readonly numbers: readonly number[]; readonly pre: string | null } {
  const [version = ""] = release.split("+");
  const dash = version.indexOf("-");
  const core = dash < 0 ? version : version.slice(0, dash);
  return { numbers: core.split(".").map(Number), pre: dash < 0 ? null : version.slice(dash + 1) };
}

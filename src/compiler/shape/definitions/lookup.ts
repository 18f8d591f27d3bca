import { label } from "../forms/label.js";
import { FLOW_FILE } from "./flow.js";
import { PROJECT } from "./project.js";
import { allKeys, type PlacedKey } from "./walk.js";

/** What `flowctl explain steps.map.over` says. */
export interface ExplainedKey {
  readonly path: string;
  readonly file: "flow" | "project";
  /** `a duration such as 30s`. */
  readonly form: string;
  readonly required: boolean;
  readonly default?: string;
  readonly description: string;
  readonly example?: string;
  readonly supported: boolean;
  /** Keys inside it. */
  readonly keys: readonly string[];
}

/** The whole list of keys, with their paths as they are written: for completion. */
export const keyPaths = (): readonly string[] => [...new Set(placed().map(({ written }) => written.join(".")))];

/**
 * The key at a path, as it is written or without the author's names: `agents.triage.limits.turns`, `agents.limits.turns`,
 * `on.dedupe`, `steps.when`. Null when there is none.
 */
export function explainKey(path: string): ExplainedKey | null {
  const wanted = path.split(".").filter((part) => part !== "" && part !== "*" && !/^\d+$|^\[\d*\]$/.test(part));
  if (wanted.length === 0) return null;
  const found = placed().find((one) => same(one.path, wanted)) ?? placed().find((one) => same(one.written, wanted) && !one.later) ?? placed().find((one) => fits(one.path, wanted));
  if (found === undefined) return null;
  const { key } = found;
  return {
    path: found.path.join("."),
    file: found.file,
    form: label(key.form.outline),
    required: key.required,
    ...(key.default === undefined ? {} : { default: key.default }),
    description: key.description,
    ...(key.example === undefined ? {} : { example: key.example }),
    supported: !found.later,
    keys: [...new Set([...allKeys(key.form.outline)].flatMap(({ path: [name], path: { length } }) => (length === 1 && name !== undefined ? [name] : [])))],
  };
}

/** The paths at which a key of this name stands: `retry` is at `policies.retry`. */
export const keysNamed = (name: string): readonly string[] => [...new Set(placed().flatMap(({ path }) => (path.at(-1) === name && path[0] !== "profiles" ? [path.join(".")] : [])))];

type Placed = PlacedKey & { readonly file: "flow" | "project" };
let all: readonly Placed[] | undefined;
const placed = (): readonly Placed[] =>
  (all ??= [
    ...[...allKeys(FLOW_FILE.outline)].map((one) => ({ ...one, file: "flow" as const })),
    ...[...allKeys(PROJECT.outline)].map((one) => ({ ...one, file: "project" as const })),
  ]);

const same = (path: readonly string[], wanted: readonly string[]): boolean => path.length === wanted.length && path.every((part, index) => part === wanted[index]);

/** Equal but for names of the author, and for a kind that is left out: `steps.do` is `steps.map.do`. */
function fits(path: readonly string[], wanted: readonly string[]): boolean {
  if (path.at(-1) !== wanted.at(-1) || path[0] !== wanted[0]) return false;
  let at = 0;
  for (const part of wanted) if (part === path[at]) at++;
  if (at === path.length) return true;
  at = 0;
  for (const part of path) if (part === wanted[at]) at++;
  return at === wanted.length;
}

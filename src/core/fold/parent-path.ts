import type { Path } from "../run-id.js";

const TOOL_CALL = /^(.+~\d+)\.\d+$/;
const SUFFIX = /(?:\[\d+\]|#\d+|~\d+|![a-z]+|\^\d+)$/;

/** What a path belongs to (I6): `quotes[3]/q` → `quotes[3]` → `quotes`; `triage~2.0` → `triage~2` → `triage`; "" at the top. */
export function parentOf(path: Path): Path {
  const call = TOOL_CALL.exec(path)?.[1];
  if (call !== undefined) return call;
  const cut = path.replace(SUFFIX, "");
  if (cut !== path && cut !== "" && !cut.endsWith("/")) return cut;
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** What a path says beyond its parent: `q`, `[3]`, `~2`, `.0`. */
export const ownPart = (path: Path): string => path.slice(parentOf(path).length).replace(/^\//, "");

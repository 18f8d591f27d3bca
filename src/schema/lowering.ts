import type { Json, JsonObject } from "../core/json.js";
import { BROKEN, type Pointer, type PointerProblem, type Schema, type TypeEnv } from "./environment.js";

/** One type while it is being lowered. */
export interface Lowering {
  readonly env: TypeEnv;
  /** What local references (`#/$defs/X`) start from. */
  readonly root: Json;
  /** Prefix of the ids of the root's parts. */
  readonly scope: string;
  readonly problems: PointerProblem[];
  /** Lowers a JSON Schema that stands inside another. `whole`: false for a branch that adds to what stands around it (`anyOf`, `if`). */
  part(at: Lowering, json: Json, pointer: Pointer, whole: boolean): Schema;
}

/** Notes a problem; nobody asks about the place again. */
export function fail(at: Lowering, problem: PointerProblem): JsonObject {
  at.problems.push(problem);
  return BROKEN;
}

export const didYouMean = (name: string | null): { readonly hint?: string } => (name === null ? {} : { hint: `did you mean \`${name}\`?` });

import type { Code } from "../core/diagnostic.js";
import type { Json, JsonObject } from "../core/json.js";
import type { Type } from "../core/type.js";

export type Schema = JsonObject | boolean;
export type Pointer = readonly (string | number)[];

/** A problem in a type as written: `pointer` leads from the type's root to the place. */
export interface PointerProblem {
  readonly pointer: Pointer;
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
  /** Text for the scalar at the place. */
  readonly fix?: string;
  /** The key at the place is meant, not its value. */
  readonly atKey?: true;
}

/** A type after lowering. `schema` refers to definitions as `#/$defs/<id>`; `bundle` puts these in. */
export interface Lowered {
  readonly schema: Schema;
  /** Made when it is first read: a definition may be lowered before those it refers to are known. */
  readonly type: Type;
  readonly problems: readonly PointerProblem[];
}

/** A schema that can be referred to: a declared type, a part of one, or a part of a schema file. Lowered when it is first asked for. */
export interface Definition {
  /** Unique in a compilation; the key under `$defs`. */
  readonly id: string;
  /** A `ref` type with the definition's name. */
  readonly type: Type;
  readonly schema: Schema;
  /** What is wrong in it, itself included: a type that no value can ever have. */
  readonly problems: readonly PointerProblem[];
}

/** All definitions of a compilation by id: one map, shared by all environments. */
export type Definitions = Map<string, Definition>;

/** What stands around a type. */
export interface TypeEnv {
  readonly definitions: Definitions;
  /** The declared type that `name` means in this file; null when there is none. */
  named(name: string): Definition | null;
  /** All names that `named` knows, for "did you mean". */
  names(): readonly string[];
  /** The JSON document at `path`, relative to this file, or why it cannot be read: a clause such as "there is no file `x.json`". */
  file(path: string): SchemaFile | { readonly problem: string };
}

export interface SchemaFile {
  /** Unique and stable: the path from the project's folder. */
  readonly id: string;
  readonly json: Json;
  /** For the file's own references. */
  readonly env: TypeEnv;
}

/** The type of what has an error: followers stay silent. */
export const UNKNOWN: Type = { kind: "any", dynamic: true, wrong: true };
/** The schema of what has an error. No plan is made then, so nothing is ever validated with it. */
export const BROKEN: JsonObject = { "x-broken": true };
export const isBroken = (schema: Schema): boolean => typeof schema === "object" && schema["x-broken"] === true;

export const defRef = (id: string): string => `#/$defs/${encodeURIComponent(id.replaceAll("~", "~0").replaceAll("/", "~1"))}`;

/** The id in a reference that `defRef` made. */
export const refId = (ref: string): string => decodeURIComponent(ref.slice("#/$defs/".length)).replaceAll("~1", "/").replaceAll("~0", "~");

import type { Json } from "../../core/json.js";

/** One thing wrong with a value. `path` is `items[3].qty`, empty for the whole value; `message` names the path and stands alone. */
export interface SchemaIssue {
  readonly path: string;
  readonly message: string;
}

/** Schema and value side by side. */
export interface Walk {
  /** What is wrong with the value by this schema is said of the value around it. */
  check(schema: Json | undefined, value: unknown, path: string): void;
  /** What is wrong with the value by this schema alone; nothing is said of it yet. */
  tried(schema: Json | undefined, value: unknown, path: string): readonly SchemaIssue[];
  /** The schema that stands there, also where a reference does. */
  resolved(schema: Json): Json | undefined;
  say(issue: SchemaIssue): void;
  /** So much is said that nothing more is looked at. */
  isFull(): boolean;
}

export const issue = (walk: Walk, path: string, problem: string): void => walk.say({ path, message: `${path === "" ? "the value" : path} ${problem}` });

export const fits = (walk: Walk, schema: Json | undefined, value: unknown, path: string): boolean => walk.tried(schema, value, path).length === 0;

export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

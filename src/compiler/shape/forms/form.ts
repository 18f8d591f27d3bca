import type { Code, Span } from "../../../core/diagnostic.js";
import type { ReportDetails } from "../../../core/codes/report.js";
import type { Node } from "../../parse/tree.js";
import type { Keys } from "./keys.js";

/**
 * What may stand behind a key: how it is read, and an outline of it as plain data.
 * The outline is what the reference, `explain`, completion, the JSON Schemas and `fmt` are made from.
 */
export interface Form<out T> {
  readonly outline: Outline;
  /** A wrong value can be left out without making its section unusable (numbers, durations, words). */
  readonly minor?: true;
  /** Gives undefined when the node has another form: that is reported then. */
  readonly read: (node: Node, at: Reading) => T | undefined;
}

export type Outline =
  | { readonly is: "text"; /** What the text is, `a path`; absent: free text. */ readonly called?: string; readonly pattern?: string }
  | { readonly is: "word"; readonly words: readonly string[] }
  | { readonly is: "number"; readonly whole: boolean; readonly min?: number; readonly above?: number; readonly max?: number }
  | { readonly is: "boolean" | "duration" | "cel" | "data" | "type" }
  | { readonly is: "list"; readonly of: Outline; readonly min: number }
  /** Names that the author gives. */
  | { readonly is: "record"; readonly of: Outline; readonly called: string; readonly pattern: string }
  | KeysOutline
  | { readonly is: "either"; readonly of: readonly Outline[] }
  /** A form that holds itself (a block holds steps that hold blocks). */
  | { readonly is: "named"; readonly name: string; readonly get: () => Outline };

export interface KeysOutline {
  readonly is: "keys";
  /** `an agent`, `a step`. */
  readonly called: string;
  readonly keys: Keys;
  /** Sets of keys of which one must be there: the kinds of a step, a trigger, a tool. Its own key stands among its keys. */
  readonly kinds?: readonly Kind[];
  /** Common keys that are written before the kind's. */
  readonly leading?: readonly string[];
  /** One kind must be chosen. */
  readonly kindRequired?: boolean;
  /** Keys that are not listed are taken as they stand. */
  readonly open?: true;
}

export interface Kind {
  readonly key: string;
  /** Everything that stands beside the common keys, the kind's own key included. */
  readonly keys: Keys;
  readonly description: string;
  readonly example: string;
  /** Not built yet. */
  readonly later: boolean;
}

/** What goes along while a document is read. */
export interface Reading {
  /** The thing being read, for messages: "`as`", "an item of `tools`". */
  readonly what: string;
  /** Where a key is missed: the key that holds the thing, or the thing's first key. */
  readonly anchor: Span;
  readonly report: (code: Code, span: Span, message: string, more?: ReportDetails) => void;
  /** A key of this map is not understood: what is missing beside it may be what it means, and is not reported too. */
  readonly excused?: boolean;
  /** YAML of the key, the step or the trigger that is read, for those who wrote another form. */
  readonly example?: string | undefined;
  /** See `FlowFile.broken`. */
  readonly broken: Set<string>;
  /** Places where a key is legal, for "is a key of". */
  readonly elsewhere: (key: string) => readonly string[];
}

/** A form whose value is made from what another one reads. */
export const built = <A, B>(form: Form<A>, make: (value: A, node: Node, at: Reading) => B | undefined): Form<B> => ({
  ...form,
  read: (node, at) => {
    const value = form.read(node, at);
    return value === undefined ? undefined : make(value, node, at);
  },
});

export const named = <T>(name: string, get: () => Form<T>): Form<T> => ({
  outline: { is: "named", name, get: () => get().outline },
  read: (node, at) => get().read(node, at),
});

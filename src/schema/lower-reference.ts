import { isJsonObject, type Json } from "../core/json.js";
import { similar } from "../core/typing/similar.js";
import { define } from "./definition.js";
import { defRef, type Definition, type Pointer, type Schema } from "./environment.js";
import { didYouMean, fail, type Lowering } from "./lowering.js";
import { withLazyType } from "./lazy-type.js";

/** `$ref`: a declared type (`#/types/X`), a part of the same schema (`#/$defs/X`), or a schema file. Null when it leads nowhere. */
export function lowerReference(at: Lowering, ref: string, pointer: Pointer): string | null {
  if (ref.startsWith("#/types/")) return toType(at, decode(ref.slice("#/types/".length)), pointer);
  if (ref.startsWith("#")) return toPart(at, ref.slice(1), (message, hint) => fail(at, { pointer, code: "FC3042", message, ...hint }));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(ref)) {
    fail(at, { pointer, code: "FC3041", message: `the schema \`${ref}\` is not read from the network`, hint: "keep a copy beside the flow and refer to that" });
    return null;
  }
  if (at.env.named(ref) !== null) {
    fail(at, { pointer, code: "FC3042", message: `\`${ref}\` is the name of a type, and \`$ref\` takes a path`, hint: `write \`$ref: "#/types/${ref}"\``, fix: `#/types/${ref}` });
    return null;
  }
  return toFile(at, ref, pointer);
}

function toType(at: Lowering, name: string, pointer: Pointer): string | null {
  const definition = at.env.named(name);
  if (definition) return defRef(definition.id);
  const near = similar(name, at.env.names());
  fail(at, { pointer, code: "FC3040", message: `there is no type \`${name}\``, ...didYouMean(near), ...(near === null ? {} : { fix: `#/types/${near}` }) });
  return null;
}

function toFile(at: Lowering, ref: string, pointer: Pointer): string | null {
  const hash = ref.indexOf("#");
  const path = hash === -1 ? ref : ref.slice(0, hash);
  const fragment = hash === -1 ? "" : ref.slice(hash + 1);
  const file = at.env.file(path);
  if ("problem" in file) {
    fail(at, { pointer, code: "FC3041", message: `the schema \`${ref}\` cannot be used: ${file.problem}` });
    return null;
  }
  const inside: Lowering = { ...at, env: file.env, root: file.json, scope: file.id, problems: [] };
  const target = toPart(inside, NAMED.test(path) && /^[\w.]+$/.test(fragment) ? `/$defs/${fragment}` : fragment, (message, hint) => fail(at, { pointer, code: "FC3042", message: `${message} in \`${path}\``, ...hint }), (definition, root) => {
    for (const problem of definition.problems) {
      fail(at, { ...problem, pointer, message: `in \`${path}\`${place([...root, ...problem.pointer])}: ${problem.message}` });
    }
  });
  return target;
}

/** A part of the schema's own document, by JSON pointer; registered the first time. `made` sees a new one. */
function toPart(at: Lowering, fragment: string, missing: (message: string, hint: { hint?: string }) => void, made?: (definition: Definition, root: Pointer) => void): string | null {
  const path = fragment.split("/").slice(1).map(decode);
  if (fragment !== "" && !fragment.startsWith("/")) {
    missing(`\`#${fragment}\` names an anchor`, { hint: "write the path: `#/$defs/Name`" });
    return null;
  }
  let target: Json = at.root;
  for (const [index, step] of path.entries()) {
    const next: Json | undefined = isJsonObject(target) && Object.hasOwn(target, step) ? target[step] : Array.isArray(target) ? target[Number(step)] : undefined;
    if (next === undefined) {
      const siblings = isJsonObject(target) ? Object.keys(target) : [];
      missing(`\`#${fragment}\` leads nowhere`, didYouMean(index === path.length - 1 ? similar(step, siblings) : null));
      return null;
    }
    target = next;
  }
  const short = path.length === 2 && (path[0] === "$defs" || path[0] === "definitions") ? path[1] : path.join("/");
  const id = path.length === 0 ? at.scope : `${at.scope}:${short}`;
  if (!at.env.definitions.has(id)) {
    const found = target;
    const definition = register(at, id, path.at(-1) ?? lastName(at.scope), found, made === undefined ? "quiet" : "report");
    made?.(definition, path);
  }
  return defRef(id);
}

/** Problems of a part of the same document are found where it stands; of another file's, here. */
function register(at: Lowering, id: string, name: string, json: Json, problems: "quiet" | "report"): Definition {
  return define(at.env.definitions, id, name, () => {
    const inner: Lowering = { ...at, problems: [] };
    const schema: Schema = at.part(inner, json, [], true);
    return withLazyType(schema, problems === "report" ? inner.problems : [], at.env.definitions);
  });
}

const decode = (step: string): string => {
  const plain = step.replaceAll("~1", "/").replaceAll("~0", "~");
  return /%[0-9a-f]{2}/i.test(plain) ? safeDecode(plain) : plain;
};

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Files whose parts have names of their own: `shop.proto#shop.Order`. */
const NAMED = /\.(?:avsc|proto)$/;

const lastName = (scope: string): string => scope.split(/[/:]/).at(-1)?.replace(/(?:\.schema)?\.json$/, "") ?? scope;

const place = (pointer: Pointer): string => (pointer.length === 0 ? "" : ` at \`/${pointer.join("/")}\``);

import type { Json } from "../../core/json.js";
import { parseYaml } from "../parse/parse.js";
import type { Sources } from "../names/source.js";
import { toJson } from "./to-json.js";

/** A JSON Schema beside a flow, as JSON or YAML; `problem` is a clause for a message. */
export function readSchemaFile(sources: Sources, path: string): { readonly value: Json } | { readonly problem: string } {
  const text = sources.text(path);
  if (text === null) return { problem: `there is no file \`${path}\`` };
  return /\.ya?ml$/.test(path) ? fromYaml(path, text) : fromJson(text);
}

function fromJson(text: string): ReturnType<typeof readSchemaFile> {
  try {
    const value: Json = JSON.parse(text);
    return { value };
  } catch (error) {
    return { problem: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function fromYaml(path: string, text: string): ReturnType<typeof readSchemaFile> {
  const { documents, diagnostics } = parseYaml({ path, text });
  const error = diagnostics.find(({ severity }) => severity === "error");
  const [document] = documents;
  if (error !== undefined || document === undefined) return { problem: error?.message ?? "it is empty" };
  return { value: toJson(document) };
}

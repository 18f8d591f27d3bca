import { AvroProblem, parseAvro } from "../../core/format/avro.js";
import type { Json } from "../../core/json.js";
import { avroToSchema } from "../../schema/avro.js";
import { parseYaml } from "../parse/parse.js";
import type { Sources } from "../names/source.js";
import { toJson } from "./to-json.js";

/** A schema beside a flow: JSON Schema as JSON or YAML, or Avro; `problem` is a clause for a message. */
export function readSchemaFile(sources: Sources, path: string): { readonly value: Json } | { readonly problem: string } {
  const text = sources.text(path);
  if (text === null) return { problem: `there is no file \`${path}\`` };
  if (path.endsWith(".avsc")) return fromAvro(text);
  return /\.ya?ml$/.test(path) ? fromYaml(path, text) : fromJson(text);
}

/** An Avro schema is the type of what is read by it. */
function fromAvro(text: string): ReturnType<typeof readSchemaFile> {
  const json = fromJson(text);
  if ("problem" in json) return json;
  try {
    return { value: avroToSchema(parseAvro(json.value), "read") };
  } catch (error) {
    if (error instanceof AvroProblem) return { problem: `it is no Avro schema: ${error.message}` };
    throw error;
  }
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

import { basename, dirname, join } from "node:path";
import { AvroProblem, parseAvro } from "../../core/format/avro.js";
import { linkProto, type ProtoSet } from "../../core/format/protobuf/link.js";
import { ProtoProblem } from "../../core/format/protobuf/proto-file.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { avroToSchema } from "../../schema/avro.js";
import { protobufToSchema } from "../../schema/protobuf.js";
import { parseYaml } from "../parse/parse.js";
import type { Sources } from "../names/source.js";
import { toJson } from "./to-json.js";

/** A schema beside a flow: JSON Schema as JSON or YAML, Avro, or Protobuf; `problem` is a clause for a message. */
export function readSchemaFile(sources: Sources, path: string): { readonly value: Json } | { readonly problem: string } {
  const text = sources.text(path);
  if (text === null) return { problem: `there is no file \`${path}\`` };
  if (path.endsWith(".avsc")) return fromAvro(text);
  if (path.endsWith(".proto")) return fromProto(sources, path, text);
  return /\.ya?ml$/.test(path) ? fromYaml(path, text) : fromJson(text);
}

function fromProto(sources: Sources, path: string, text: string): ReturnType<typeof readSchemaFile> {
  try {
    return { value: protobufToSchema(linkedProto(sources, path, text), "read") };
  } catch (error) {
    if (error instanceof ProtoProblem) return { problem: `it is no Protobuf file: ${error.message}` };
    throw error;
  }
}

/** How far above a file what it imports is looked for: imports begin at a folder that nothing names. */
const MOST_FOLDERS = 6;

/** A file with what it imports, which lies beside it or beside one of the folders around it. Throws ProtoProblem. */
export const linkedProto = (sources: Sources, path: string, text: string): ProtoSet =>
  linkProto(basename(path), text, (imported) => {
    let folder = dirname(path);
    for (let at = 0; at < MOST_FOLDERS; at += 1) {
      const found = sources.text(join(folder, imported));
      if (found !== null) return found;
      folder = join(folder, "..");
    }
    return null;
  });

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
    return { problem: `it is not JSON: ${messageOf(error)}` };
  }
}

function fromYaml(path: string, text: string): ReturnType<typeof readSchemaFile> {
  const { documents, diagnostics } = parseYaml({ path, text });
  const error = diagnostics.find(({ severity }) => severity === "error");
  const [document] = documents;
  if (error !== undefined || document === undefined) return { problem: error?.message ?? "it is empty" };
  return { value: toJson(document) };
}

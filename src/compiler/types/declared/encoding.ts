import { parseAvro } from "../../../core/format/avro.js";
import type { Encoding } from "../../../core/format/encoding.js";
import { descriptorSet } from "../../../core/format/protobuf/descriptor.js";
import { ProtoProblem } from "../../../core/format/protobuf/proto-file.js";
import type { Json, JsonObject } from "../../../core/json.js";
import { avroToSchema } from "../../../schema/avro.js";
import { protobufToSchema } from "../../../schema/protobuf.js";
import { find, type Declared, type Namespace } from "../../names/namespace.js";
import { besideFile } from "../../names/source.js";
import type { TypeNode } from "../../shape/ast.js";
import type { Expected } from "../expected.js";
import type { FlowCheck } from "../flow-check.js";
import { linkedProto } from "../schema-file.js";
import { schemaShape } from "../shape-of.js";

export interface TopicEncoding {
  /** Null: bare JSON, or a problem. */
  readonly encoding: Encoding | null;
  /** What a flow may emit. */
  readonly sent: Expected | null;
}

/** How a topic's messages are encoded: its `format`, with the schema file that its `message` is the type of. */
export function encodingOf(cx: FlowCheck, declared: Declared<"topics">, message: Expected | null): TopicEncoding {
  const { format, registry } = declared.value;
  const subject = registry === undefined ? {} : { subject: registry.subject.value };
  const file = declared.value.message === undefined ? null : schemaFileOf(declared.value.message, declared.home, declared.file.path);
  const kind = format?.value ?? "json";
  if (kind === "json") {
    if (registry === undefined) return { encoding: null, sent: message };
    if (message === null) return missing(cx, declared, "The messages of `NAME` carry the id of a schema, and the topic has no `message`", "give it a `message:` with its type");
    return { encoding: { format: "json", schema: message.schema(), subject: registry.subject.value }, sent: message };
  }
  const ending = ENDINGS[kind];
  if (file === null || !file.path.endsWith(ending)) return missing(cx, declared, `The messages of \`NAME\` are ${CALLED[kind]}, and their type is not from ${kind === "avro" ? "an Avro" : "a Protobuf"} schema`, `write \`message: { $ref: path/to/file${ending} }\``);
  const text = cx.shared.world.sources.text(besideFile(file.from, file.path));
  // Where it cannot be read, the type has said so.
  if (message === null || text === null) return { encoding: null, sent: message };
  try {
    const { encoding, sent } = kind === "avro" ? avroOf(text) : protobufOf(cx, besideFile(file.from, file.path), text, file.fragment, registry !== undefined);
    return { encoding: { ...encoding, ...subject }, sent: { ...message, ...schemaShape(cx, sent, `topics.${declared.name}.sent`) } };
  } catch (error) {
    if (error instanceof Imports) return missing(cx, declared, "The messages of `NAME` carry the id of a schema whose file imports others, which a subject of its own does not hold", "put what it imports into the file, or leave out `registry`");
    return { encoding: null, sent: message };
  }
}

interface Encoded {
  readonly encoding: Encoding;
  /** JSON Schema of what may be sent. */
  readonly sent: JsonObject;
}

function avroOf(text: string): Encoded {
  const schema: Json = JSON.parse(text);
  return { encoding: { format: "avro", schema }, sent: avroToSchema(parseAvro(schema), "sent") };
}

class Imports extends Error {}

function protobufOf(cx: FlowCheck, path: string, source: string, fragment: string, registered: boolean): Encoded {
  const set = linkedProto(cx.shared.world.sources, path, source);
  if (registered && set.files.size > 1) throw new Imports();
  const wanted = fragment.replace(/^\/\$defs\//, "");
  const [message, index] = [...set.own].find(([name]) => wanted === "" || name === wanted) ?? [...set.own].find(([name]) => name.endsWith(`.${wanted}`)) ?? [];
  if (message === undefined || index === undefined) throw new ProtoProblem("there is no such message");
  return { encoding: { format: "protobuf", files: descriptorSet(set), message, index, source }, sent: { ...protobufToSchema(set, "sent"), $ref: `#/$defs/${message}` } };
}

const CALLED = { avro: "Avro", protobuf: "Protobuf" } as const;
const ENDINGS = { avro: ".avsc", protobuf: ".proto" } as const;

function missing(cx: FlowCheck, { name, value, span }: Declared<"topics">, message: string, hint: string): TopicEncoding {
  cx.problems.report("FC4160", value.message?.span ?? value.format?.span ?? value.registry?.subject.span ?? span, message.replace("NAME", name), { hint });
  return { encoding: null, sent: null };
}

/** The file that a type is one of, through names; null for any other type. */
function schemaFileOf(node: TypeNode, space: Namespace, from: string, depth = 0): { readonly path: string; readonly fragment: string; readonly from: string } | null {
  if (node.kind === "scalar") {
    const declared = depth > MOST_NAMES ? null : find(space, "types", node.text);
    return declared === null || declared === "unknown" ? null : schemaFileOf(declared.value, declared.home, declared.file.path, depth + 1);
  }
  const ref = node.kind === "map" ? node.entries.find(({ key }) => key.text === "$ref")?.value : undefined;
  if (ref?.kind !== "scalar") return null;
  const { text } = ref;
  if (text.startsWith("#/types/") && depth <= MOST_NAMES) {
    const declared = find(space, "types", text.slice("#/types/".length));
    return declared === null || declared === "unknown" ? null : schemaFileOf(declared.value, declared.home, declared.file.path, depth + 1);
  }
  const [path = "", fragment = ""] = text.split("#");
  return { path, fragment, from };
}
/** Names for names for …: a circle has been reported. */
const MOST_NAMES = 20;

import type { Json, JsonObject } from "../json.js";

/** How the messages of a topic are encoded: what stands in the plan, so that a new schema is a new version of the flow. */
export type Encoding =
  | { readonly format: "json"; /** JSON Schema, for the registry. */ readonly schema: JsonObject | boolean; readonly subject: string }
  | { readonly format: "avro"; readonly schema: Json; /** In the registry; absent: bodies are bare Avro, without an id. */ readonly subject?: string }
  | { readonly format: "protobuf"; /** A FileDescriptorSet in its JSON form: the file and all that it imports. */ readonly files: JsonObject; /** Full name of the message, and where it stands in the file. */ readonly message: string; readonly index: readonly number[]; /** The file's text, for the registry. */ readonly source: string; readonly subject?: string };

/** CloudEvents around the messages of a topic. */
export interface Envelope {
  /** How they are sent; both are read. */
  readonly mode: "binary" | "structured";
  /** Attributes of events that flows send. */
  readonly source: string;
  readonly type: string;
}

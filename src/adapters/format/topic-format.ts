import { SCHEMA_ID } from "../../core/format/schema-id.js";
import type { Json } from "../../core/json.js";
import { messageOf } from "../../core/message-of.js";
import { parseJson } from "../../core/parse-json.js";
import type { Content, Delivery } from "../../core/ports/bus.js";
import { type TopicFormat, Unencodable } from "../../core/ports/format.js";
import { type Codec, Undecodable } from "./codec.js";
import type { Registry } from "./registry/registry.js";
import { framed, unframed } from "./wire-format.js";

/** What a topic's bodies are, without an envelope: bytes of its codec, behind the id of their schema where it has a subject. */
export interface Bodies {
  encode(value: Json): Promise<Uint8Array>;
  decode(body: Uint8Array, headers: Delivery["headers"]): Content | Promise<Content>;
}

export const bareBodies = (codec: Codec): Bodies => ({
  encode: async (value) => codec.encode(value),
  decode: (body) => read(() => codec.decode(body)),
});

/** Of bare JSON, where only an envelope is around it. */
export const jsonBodies: Bodies = {
  encode: async (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode(body) {
    try {
      return { is: "value", value: parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body)) };
    } catch (thrown) {
      return problem(`its data is not JSON: ${messageOf(thrown)}`);
    }
  },
};

interface Registered {
  readonly registry: Registry;
  readonly subject: string;
  /** Puts the schema there where it is not. */
  readonly register: boolean;
}

export function registeredBodies(codec: Codec, { registry, subject, register }: Registered): Bodies {
  /** Readers of schemas that messages came with; a schema that cannot be read as ours stays so. */
  const readers = new Map<number | string, (bytes: Uint8Array) => Json>();
  let own: Promise<number> | null = null;

  function ownId(): Promise<number> {
    if (own !== null) return own;
    const asked = askId();
    own = asked;
    // An outage is no answer.
    asked.catch(() => (own = null));
    return asked;
  }
  async function askId(): Promise<number> {
    const found = await registry.find(subject, codec.own);
    if (found !== null) return found;
    if (!register) throw new Unencodable(`its schema is no version of \`${subject}\` in the registry`);
    const id = await registry.register(subject, codec.own);
    if (typeof id === "number") return id;
    throw new Unencodable(`the registry does not take its schema as a version of \`${subject}\`: ${id.refused}`);
  }
  async function load(id: number | string, bytes: Uint8Array): Promise<Content> {
    try {
      const writer = await registry.schema(id);
      if (writer === null) return problem(`the registry has no schema ${id}`);
      const reader = codec.reader(writer);
      readers.set(id, reader);
      return read(() => reader(bytes));
    } catch (thrown) {
      if (thrown instanceof Undecodable) return problem(thrown.message);
      throw thrown;
    }
  }
  function decode(id: number | string, bytes: Uint8Array): Content | Promise<Content> {
    const reader = readers.get(id);
    return reader === undefined ? load(id, bytes) : read(() => reader(bytes));
  }

  return {
    async encode(value) {
      const message = codec.encode(value);
      return framed(await ownId(), codec.prefix, message);
    },
    decode(body, headers) {
      try {
        const header = headers[SCHEMA_ID];
        if (header !== undefined) {
          const { guid, prefix } = guidOf(header);
          return decode(guid, prefix.length === 0 ? body : Buffer.concat([prefix, body]));
        }
        const { id, message } = unframed(body);
        return decode(id, message);
      } catch (thrown) {
        if (thrown instanceof Undecodable) return problem(thrown.message);
        throw thrown;
      }
    },
  };
}

/** Throws Undecodable. What stands behind the GUID is what stands between an id and its message. */
function guidOf(header: string): { readonly guid: string; readonly prefix: Uint8Array } {
  const [, hex, rest = ""] = /^01([0-9a-f]{32})((?:[0-9a-f]{2})*)$/.exec(header) ?? [];
  if (hex === undefined) throw new Undecodable(`its header \`${SCHEMA_ID}\` holds no GUID of a schema`);
  return { guid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"), prefix: Buffer.from(rest, "hex") };
}

/** The text of what has no body at all: a broker gives the bytes of any other. */
export const NOTHING = "null";

/** A format without an envelope. */
export const topicFormat = (bodies: Bodies): TopicFormat => ({
  encode: async (message) => ({ ...message, body: await bodies.encode(valueOf(message.body)) }),
  decode(delivery) {
    if (delivery.body === NOTHING) return { ...delivery, content: { is: "value", value: null } };
    const content = bodies.decode(bytesOf(delivery.body), delivery.headers);
    return content instanceof Promise ? content.then((made) => ({ ...delivery, content: made })) : { ...delivery, content };
  },
});

export const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === "string" ? Buffer.from(body) : body);

/** JSON text that runs made, or people typed. */
export function valueOf(body: string | Uint8Array): Json {
  if (typeof body !== "string") throw new TypeError("bytes are what they are");
  try {
    return parseJson(body);
  } catch (thrown) {
    throw new Unencodable(`the message is not JSON: ${messageOf(thrown)}`);
  }
}

function read(make: () => Json): Content {
  try {
    return { is: "value", value: make() };
  } catch (thrown) {
    if (thrown instanceof Undecodable) return problem(thrown.message);
    throw thrown;
  }
}

const problem = (said: string): Content => ({ is: "problem", problem: said });

/** The header of a message whose body stands as base64, in places that keep text. No reader of a topic gets to see it. */
const BYTES = "flowctl-bytes";

interface Message<Body> {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** A message as text alone: in the embedded bus, in the store, on the control socket. */
export function asText<M extends Message<string | Uint8Array>>(message: M, mark = BYTES): Omit<M, "body"> & { readonly body: string } {
  const { body, headers } = message;
  return typeof body === "string" ? { ...message, body } : { ...message, headers: { ...headers, [mark]: "base64" }, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64") };
}

/** The message that `asText` was given. */
export function fromText<M extends Message<string>>(message: M, mark = BYTES): Omit<M, "body"> & { readonly body: string | Uint8Array } {
  const { [mark]: bytes, ...headers } = message.headers;
  return bytes === undefined ? message : { ...message, headers, body: new Uint8Array(Buffer.from(message.body, "base64")) };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a broker has, for readers that know text: bytes that are UTF-8 stand as what they say. */
export function storedText<M extends Message<string | Uint8Array>>(message: M): Omit<M, "body"> & { readonly body: string } {
  const { body } = message;
  try {
    return { ...message, body: typeof body === "string" ? body : strict.decode(body) };
  } catch {
    return asText(message);
  }
}

/** A body in a dead letter: bytes that are no text stand as base64, and the letter says so. */
export interface Raw {
  readonly raw: string;
  readonly encoding?: "base64";
}

export function rawOf(body: string | Uint8Array): Raw {
  if (typeof body === "string") return { raw: body };
  try {
    return { raw: strict.decode(body) };
  } catch {
    return bytesRaw(body);
  }
}

/** Also where the bytes are text by accident: whoever sends them again sends these bytes. */
export const bytesRaw = (body: Uint8Array): Raw => ({ raw: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64"), encoding: "base64" });

/** The body that a dead letter was made of. */
export const bodyOf = ({ raw, encoding }: Raw): string | Uint8Array => (encoding === undefined ? raw : new Uint8Array(Buffer.from(raw, "base64")));

import type { Msg } from "@nats-io/transport-node";
import { isJsonObject, type Json } from "../../core/json.js";

/** What is said to a publication. `other`: by whoever listens on the subject and answers what comes there, not by a stream. */
type Answer = { readonly is: "stored" } | { readonly is: "refused" | "again" | "other"; readonly reason: string };

export function answerOf(msg: Msg, topic: string): Answer {
  if (msg.headers?.code === 503) return { is: "again", reason: `no stream answers for \`${topic}\`` };
  const text = msg.string();
  // Stored, and the usual case: nothing more is to be read.
  if (text.startsWith('{"stream":"')) return { is: "stored" };
  const answer = readOf(text);
  const { error, stream } = isJsonObject(answer) ? answer : {};
  if (isJsonObject(error) && typeof error["code"] === "number") {
    const { code, err_code, description } = error;
    return { is: code === 400 && err_code !== ACCOUNT_FULL ? "refused" : "again", reason: typeof description === "string" ? description : `error ${code}` };
  }
  return typeof stream === "string" ? { is: "stored" } : { is: "other", reason: `what answers for \`${topic}\` is no stream` };
}

/** That an account has no room left is no fault of the message: of all of these errors the server says 400. */
const ACCOUNT_FULL = 10002;

function readOf(text: string): Json {
  try {
    const read: Json = JSON.parse(text);
    return read;
  } catch {
    return null;
  }
}

import type { Msg } from "@nats-io/transport-node";

/** What a stream says to a publication. */
type Answer = { readonly is: "stored" } | { readonly is: "refused" | "again"; readonly reason: string };

export function answerOf(msg: Msg, topic: string): Answer {
  if (msg.headers?.code === 503) return { is: "again", reason: `no stream answers for \`${topic}\`` };
  const text = msg.string();
  // Stored, and the usual case: nothing more is to be read.
  if (text.startsWith('{"stream"')) return { is: "stored" };
  const { error }: { readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string } } = JSON.parse(text);
  if (error === undefined) return { is: "stored" };
  const reason = error.description ?? `error ${error.code}`;
  return { is: error.code === 400 && error.err_code !== ACCOUNT_FULL ? "refused" : "again", reason };
}
/** That an account has no room left is no fault of the message: of all of these errors the server says 400. */
const ACCOUNT_FULL = 10002;

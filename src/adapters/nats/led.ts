import { elapse } from "../../core/elapse.js";
import { JetStreamApiError } from "@nats-io/jetstream";
import { PermissionViolationError, RequestError } from "@nats-io/transport-node";
import { InfraError } from "../../core/errors.js";
import type { Clock } from "../../core/ports/clock.js";

/** Servers of a cluster choose who leads a stream within a few seconds; busy ones take longer. */
const PATIENCE_MS = 10_000;
/** For calls whose failure ends the process. */
const LAST_PATIENCE_MS = 30_000;
const AGAIN_MS = 250;
const UNAVAILABLE = 503;
/** Of the client: nobody answers in time, or nobody is there who could. */
const UNANSWERED: ReadonlySet<string> = new Set(["TimeoutError", "RequestError", "NoResponders", "JetStreamNotEnabled"]);

/** This user may not ask it, or not hear the answer: the client says of both that the request failed. */
export const isForbidden = (error: unknown): error is RequestError => error instanceof RequestError && error.cause instanceof PermissionViolationError;

/** Nobody leads the stream, or the streams, in this moment; or the server is away. */
const isUnled = (error: unknown): error is Error => error instanceof Error && !isForbidden(error) && (UNANSWERED.has(error.name) || (error instanceof JetStreamApiError && error.status === UNAVAILABLE));

/** Asks again while the servers choose who leads: for what may be asked twice. */
export async function led<T>(clock: Clock, act: () => Promise<T>, ms = PATIENCE_MS): Promise<T> {
  const end = clock.monotonic() + ms;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isUnled(error) || clock.monotonic() > end) throw error;
      await elapse(clock, AGAIN_MS);
    }
  }
}

/** The same for who is not asked again: rejects with FC6043. */
export async function needLed<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  try {
    return await led(clock, act, LAST_PATIENCE_MS);
  } catch (cause) {
    if (isForbidden(cause)) throw new InfraError("FC6043", `NATS does not let this user do what flowctl needs: ${cause.message}.`, { hint: "let it publish to its topics, `$JS.API.>`, `$JS.ACK.>` and `$KV.flowctl_groups.>`, and subscribe to `_INBOX.>`", cause });
    if (!isUnled(cause)) throw cause;
    throw new InfraError("FC6043", `NATS does not say what streams it has: ${cause.message}.`, { hint: "a cluster needs most of its servers; `nats server report jetstream` says who leads", cause });
  }
}

import { CLAIM } from "../../core/claim.js";
import type { EmittedMessage } from "../../core/graph.js";
import type { TextMessage } from "../../core/ports/bus.js";

/** I22: the id is stable over retries and stands in a header, so that consumers can drop what they have seen. */
export const outgoing = (emitted: EmittedMessage, traceparent?: string): TextMessage => ({
  topic: emitted.topic,
  key: emitted.key,
  id: emitted.id,
  headers: { "flowctl-id": emitted.id, "flowctl-run": emitted.id.slice(0, emitted.id.indexOf("/")), ...(traceparent === undefined ? {} : { traceparent }), ...(emitted.apart === true ? { [CLAIM]: "" } : {}) },
  body: JSON.stringify(emitted.message),
});

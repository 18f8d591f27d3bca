import type { Delivery } from "../../core/ports/bus.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { messageId } from "./run-id.js";

/** The variable `meta`: what is known of a message beside itself. */
export interface Meta {
  key: string;
  headers: Readonly<Record<string, string>>;
  topic: string;
  timestamp: Timestamp;
  id: string;
}

export const metaOf = (delivery: Delivery): Meta => ({
  key: delivery.key ?? "",
  headers: delivery.headers,
  topic: delivery.topic,
  timestamp: new Timestamp(delivery.timestamp),
  id: messageId(delivery),
});

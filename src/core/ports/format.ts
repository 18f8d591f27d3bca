import type { Delivery, Outgoing } from "./bus.js";

/** How bodies are written and read in topics whose messages are not bare JSON. */
export interface Formats {
  /** Null: JSON text, as it stands. */
  of(topic: string): TopicFormat | null;
}

/** Of one topic: its encoding, and its envelope. */
export interface TopicFormat {
  /** Takes JSON text. Rejects with Unencodable for what will never fit, with anything else while a registry is away. */
  encode(message: Outgoing): Promise<Outgoing>;
  /** With `content`. Rejects only while a registry is away: what cannot be read says so in its content. */
  decode(delivery: Delivery): Delivery | Promise<Delivery>;
}

/** A message that its topic's format cannot hold, whoever tries when. */
export class Unencodable extends Error {
  override readonly name = "Unencodable";
}

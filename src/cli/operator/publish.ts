import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT } from "../exit.js";

/** Durable when it resolves; what the bus will never take is exit 1. */
export async function publish({ publish: send }: Operator, messages: readonly Outgoing[], what: string): Promise<void> {
  try {
    await send(messages);
  } catch (error) {
    if (error instanceof PublishRefused) throw new CommandError(EXIT.findings, `${what} cannot be published: ${error.message}`);
    throw error;
  }
}

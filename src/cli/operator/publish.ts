import { InfraError } from "../../core/errors.js";
import { leftToPublish } from "../../core/left-to-publish.js";
import { clauseOf } from "../../core/message-of.js";
import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT } from "../exit.js";
import type { ProjectFormats } from "../wire/project-formats.js";

/**
 * As `publish`, of messages that are sent again. Gives those that the bus will never take, by their ids, with the reason:
 * they hold up no other.
 */
export async function publishAgain(operator: Pick<Operator, "publish" | "putBody">, messages: readonly Outgoing[], formats: Pick<ProjectFormats, "claimed">): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  for (let left = await formats.claimed(messages, operator); left.length > 0; ) {
    const before = refused.size;
    try {
      await sent(operator, left);
      break;
    } catch (error) {
      if (!(error instanceof PublishRefused)) throw error;
      for (const { id, reason } of error.refused) refused.set(id, reason);
      // Nothing that would be left out next time.
      if (refused.size === before) throw error;
      left = leftToPublish(left, error);
    }
  }
  return refused;
}

/** In the formats of their topics. Durable when it resolves; what the bus will never take is exit 1, with what `nameOf` calls the message of that id. */
export async function publish(operator: Pick<Operator, "publish">, messages: readonly Outgoing[], nameOf: (id: string) => string, formats: Pick<ProjectFormats, "encoded">): Promise<void> {
  try {
    await sent(operator, await formats.encoded(messages));
  } catch (error) {
    if (error instanceof PublishRefused) throw new CommandError(EXIT.findings, `${nameOf(error.refused[0]?.id ?? "")} cannot be published: ${error.message}`);
    throw error;
  }
}

async function sent({ publish: send }: Pick<Operator, "publish">, messages: readonly Outgoing[]): Promise<void> {
  try {
    await send(messages);
  } catch (error) {
    if (error instanceof PublishRefused || error instanceof InfraError || error instanceof CommandError || error instanceof TypeError) throw error;
    // A broker that is away, or has no such topic now.
    throw new InfraError("FC6043", `The broker does not take messages now: ${clauseOf(error)}.`, { hint: "`flowctl doctor` with the same profile says what is missing there, and the command that makes it", cause: error });
  }
}

import { InfraError } from "../../core/errors.js";
import { PublishRefused, type Outgoing } from "../../core/ports/bus.js";
import type { Operator } from "../../core/ports/operator.js";
import { CommandError, EXIT } from "../exit.js";
import type { ProjectFormats } from "../wire/project-formats.js";

/** In the formats of their topics. Durable when it resolves; what the bus will never take is exit 1, with what `nameOf` calls the message of that id. */
export async function publish({ publish: send }: Pick<Operator, "publish">, messages: readonly Outgoing[], nameOf: (id: string) => string, formats: Pick<ProjectFormats, "encoded">): Promise<void> {
  try {
    await send(await formats.encoded(messages));
  } catch (error) {
    if (error instanceof PublishRefused) throw new CommandError(EXIT.findings, `${nameOf(error.refused[0]?.id ?? "")} cannot be published: ${error.message}`);
    if (error instanceof InfraError || error instanceof CommandError || error instanceof TypeError) throw error;
    // A broker that is away, or has no such topic now.
    throw new InfraError("FC6043", `The broker does not take messages now: ${error instanceof Error ? error.message : String(error)}.`, { hint: "`flowctl doctor` with the same profile says what is missing there, and the command that makes it", cause: error });
  }
}

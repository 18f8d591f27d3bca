import { printable } from "../../core/cells.js";
import type { TopicSummary } from "../../core/ports/operator.js";
import { similar } from "../../core/typing/similar.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { EXIT, type ExitCode } from "../exit.js";
import { isUnserved } from "../operator/is-unserved.js";
import { printJson } from "../operator/print-json.js";
import { publish } from "../operator/publish.js";
import { withOperator } from "../operator/with-operator.js";
import { readFeed } from "../run/feed.js";
import { print } from "../terminal.js";
import { projectFormats } from "../wire/project-formats.js";

export interface PublishOptions extends OperatorOptions {
  readonly key?: string;
}

/** Messages of a file, of JSON text or of stdin, as `run -i` reads them. Durable when the command ends. */
export const publishTo = (topic: string, input: string, options: PublishOptions): Promise<ExitCode> =>
  withOperator(options, async (operator) => {
    await using formats = await projectFormats(options, new Set([topic]));
    const { parts, source, place } = await readFeed(input, new Set());
    // For a hint alone: who may publish and not look at all topics publishes.
    const known = await operator.topics.topics().catch(() => null);
    const ids: string[] = [];
    for await (const part of parts()) {
      const places = new Map<string, string>();
      const messages = part.map((one) => {
        const { body } = one;
        const id = crypto.randomUUID();
        places.set(id, place(one));
        return { topic, key: options.key ?? null, id, headers: { "flowctl-id": id }, body };
      });
      await publish(operator, messages, (id) => `${places.get(id) ?? source}${ids.length === 0 ? "" : `, after ${ids.length} messages that are published,`}`, formats);
      for (const { id } of messages) ids.push(id);
    }
    if (options.output === "json") await printJson(ids.map((id) => ({ topic, id })));
    else await print(`${ids.length} ${ids.length === 1 ? "message" : "messages"} to ${printable(topic)}${(await isUnserved(operator)) ? "; nobody serves now" : ""}\n`);
    const note = unread(topic, known);
    if (note !== null) await print(`  hint: ${note}\n`, process.stderr);
    return EXIT.ok;
  }, true);

/** What is to be said of a topic that no group has begun to read. `known`: null where that cannot be looked at. */
function unread(topic: string, known: readonly TopicSummary[] | null): string | null {
  if (known === null) return null;
  const read = known.filter(({ groups }) => groups.length > 0).map((one) => one.topic);
  if (read.includes(topic)) return null;
  const meant = similar(topic, read);
  return `no flow has read \`${printable(topic)}\` yet${meant === null ? "" : `: did you mean \`${printable(meant)}\`?`}`;
}

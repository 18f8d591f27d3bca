import { setTimeout as sleep } from "node:timers/promises";
import { CLAIM, claimKey } from "../../core/claim.js";
import { printable } from "../../core/cells.js";
import { parseJson } from "../../core/parse-json.js";
import type { StoredMessage, TopicReader } from "../../core/ports/operator.js";
import { similar } from "../../core/typing/similar.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { printJson } from "../operator/print-json.js";
import { timestamp } from "../operator/time.js";
import { withOperator, withOperators } from "../operator/with-operator.js";
import { print } from "../terminal.js";

export interface TailOptions extends OperatorOptions {
  readonly follow?: true;
  readonly last: number;
}

/** How often a followed topic is looked at, ms. */
const AGAIN_MS = 250;
const AT_ONCE = 500;

/** The last messages of a topic, and with `--follow` those that come. Nothing is taken from any group. */
export function tailTopic(topic: string, options: TailOptions): Promise<ExitCode> {
  let position = -1;
  return (options.follow === true ? withOperators : withOperator)(options, async ({ topics, store }) => {
    const show = async (messages: readonly StoredMessage[]): Promise<void> => {
      for (const message of messages) {
        const { [CLAIM]: claim } = message.headers;
        // What is stored apart is shown as those who read it get it.
        const body = claim === undefined ? null : await store.body(claimKey(topic, claim));
        const shown = body === null ? message : { ...message, body };
        await (options.output === "json" ? printJson(jsonOf(shown)) : print(lineOf(shown)));
        position = message.position;
      }
    };
    if (position < 0) {
      const last = await topics.messages(topic, { last: options.last });
      // To look at all topics of a broker takes a while.
      if (last.length === 0) await needTopic(topic, topics, options.follow === true);
      await show(last);
    }
    if (options.follow !== true) return EXIT.ok;
    for (;;) {
      const more = await topics.messages(topic, { after: position, limit: AT_ONCE });
      await show(more);
      if (more.length < AT_ONCE) await sleep(AGAIN_MS);
    }
  });
}

/** A topic that is not there is a wrong name; whoever follows may be early. */
async function needTopic(topic: string, reader: TopicReader, early: boolean): Promise<void> {
  const known = (await reader.topics()).map((one) => one.topic);
  if (known.includes(topic)) return;
  const meant = similar(topic, known);
  const hint = meant === null ? "`flowctl topics list` shows those that are there" : `did you mean \`${meant}\`?`;
  if (!early) throw new CommandError(EXIT.findings, `there is no topic \`${topic}\``, hint);
  await print(`flowctl: there is no topic \`${printable(topic)}\` yet\n  hint: ${printable(hint)}\n`, process.stderr);
}

/** `message` is what stands in the body; a body that is no JSON stands as text under `raw`. */
function jsonOf({ topic, partition, offset, key, headers, timestamp: at, body }: StoredMessage): object {
  const envelope = { topic, partition, offset, key, headers, timestamp: at };
  try {
    return { ...envelope, message: parseJson(body) };
  } catch {
    return { ...envelope, raw: body };
  }
}

const lineOf = ({ timestamp: at, partition, offset, key, body }: StoredMessage): string => `${timestamp(at)}  ${partition}/${offset}${key === null ? "" : `  ${printable(key)}`}  ${printable(body)}\n`;

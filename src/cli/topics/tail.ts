import { setTimeout as sleep } from "node:timers/promises";
import { fromText, rawOf } from "../../core/bytes.js";
import { CLAIM, CLAIM_BYTES, claimKey } from "../../core/claim.js";
import { printable } from "../../core/cells.js";
import { parseJson } from "../../core/parse-json.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { StoredMessage, TopicReader } from "../../core/ports/operator.js";
import { similar } from "../../core/typing/similar.js";
import type { OperatorOptions } from "../commands/operator-options.js";
import { CommandError, EXIT, type ExitCode } from "../exit.js";
import { jsonText } from "../format/json-text.js";
import { printJson } from "../operator/print-json.js";
import { timestamp } from "../operator/time.js";
import { withOperator, withOperators } from "../operator/with-operator.js";
import { print } from "../terminal.js";
import { projectFormats } from "../wire/project-formats.js";

export interface TailOptions extends OperatorOptions {
  readonly follow?: true;
  readonly last: number;
}

/** How often a followed topic is looked at, ms. */
const AGAIN_MS = 250;
const AT_ONCE = 500;

/** The last messages of a topic, and with `--follow` those that come. Nothing is taken from any group. */
export async function tailTopic(topic: string, options: TailOptions): Promise<ExitCode> {
  let position = -1;
  await using formats = await projectFormats(options, new Set([topic]));
  const format = formats.of(topic);
  const decoded = async (stored: Omit<Shown, "attempt">): Promise<Shown> => {
    const delivery = { ...stored, attempt: 1 };
    return format === null ? delivery : { ...delivery, ...(await format.decode(delivery)) };
  };
  return await (options.follow === true ? withOperators : withOperator)(options, async ({ topics, store }) => {
    const show = async (messages: readonly StoredMessage[]): Promise<void> => {
      for (const message of messages) {
        const { [CLAIM]: claim } = message.headers;
        // What is stored apart is shown as those who read it get it.
        const body = claim === undefined ? null : await store.body(claimKey(topic, claim));
        const shown = await decoded(body === null ? { ...message, ...fromText(message) } : { ...message, ...fromText({ ...message, body }, CLAIM_BYTES) });
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

type Shown = Delivery & Pick<StoredMessage, "position">;

/** `message` is what stands in the body; a body that is none of its topic stands under `raw`, as text or as base64. */
function jsonOf({ topic, partition, offset, key, headers, timestamp: at, body, content }: Shown): object {
  const envelope = { topic, partition, offset, key, headers, timestamp: at };
  if (content?.is === "value") return { ...envelope, message: content.value };
  if (content?.is === "problem") return { ...envelope, problem: content.problem, ...rawOf(body) };
  if (typeof body !== "string") return { ...envelope, ...rawOf(body) };
  try {
    return { ...envelope, message: parseJson(body) };
  } catch {
    return { ...envelope, raw: body };
  }
}

const textOf = ({ body, content }: Shown): string => {
  if (content?.is === "value") return jsonText(content.value);
  const { raw, encoding } = rawOf(body);
  return `${content === undefined ? "" : `(${content.problem}) `}${encoding === undefined ? "" : `${encoding}: `}${raw}`;
};

const lineOf = (shown: Shown): string => line(shown, textOf(shown));
const line = ({ timestamp: at, partition, offset, key }: Shown, body: string): string => `${timestamp(at)}  ${partition}/${offset}${key === null ? "" : `  ${printable(key)}`}  ${printable(body)}\n`;

import type { ConsumerInfo, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { createInbox, errors, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { storedText } from "../../core/bytes.js";
import type { Clock } from "../../core/ports/clock.js";
import type { StoredMessage, TopicReader, TopicSummary } from "../../core/ports/operator.js";
import { GROUP, TOPIC } from "./group-consumer.js";
import { leaseRecords, positionIn, type LeaseRecord } from "./lease-records.js";
import type { Link } from "./link.js";
import { received } from "./message.js";
import { pendingFrom, withReader } from "./reader-consumer.js";
import { createStreams } from "./streams.js";

/** For the first message of an answer, and for one behind another: large ones take their time. */
const FIRST_MS = 5000;
const NEXT_MS = 30_000;
/** Statuses behind the last message that there is, or where there is none. */
const NO_MORE: ReadonlySet<number> = new Set([404, 408]);

/** Topics as an operator sees them: each subject of each stream, with what its groups have yet to acknowledge. */
export function createTopicReader(nc: NatsConnection, jsm: JetStreamManager, link: Link, clock: Clock): TopicReader {
  const streams = createStreams(jsm);

  async function ofStream({ config, created }: StreamInfo, leases: readonly LeaseRecord[]): Promise<readonly TopicSummary[]> {
    const consumers: ConsumerInfo[] = [];
    for await (const consumer of jsm.consumers.list(config.name)) consumers.push(consumer);
    const { state } = await jsm.streams.info(config.name, { subjects_filter: ">" });
    const counts = new Map(Object.entries(state.subjects ?? {}));
    for (const subject of config.subjects ?? []) if (!isPattern(subject) && !counts.has(subject)) counts.set(subject, 0);
    return await Promise.all(
      [...counts].map(async ([topic, messages]) => {
        const ordered = leases.filter((lease) => lease.topic === topic).map(async (lease) => ({ group: lease.group, lag: await pendingFrom(jsm, config.name, topic, positionIn({ created, state }, lease)) }));
        return { topic, partitions: 1, messages, groups: [...consumers.flatMap(groupOf(topic)), ...(await Promise.all(ordered))] };
      }),
    );
  }

  async function read(stream: string, topic: string, start: number, count: number): Promise<readonly StoredMessage[]> {
    const found: StoredMessage[] = [];
    await withReader(jsm, stream, topic, start - 1, async (consumer) => {
      for await (const msg of answersOf(stream, consumer, topic, count)) {
        const message = received(msg);
        if (message === null) {
          // Neither a server that goes nor one that leads no more says that there is nothing.
          if (!NO_MORE.has(msg.headers?.code ?? 0)) throw notGiven(topic, msg.headers?.description || NOBODY);
          break;
        }
        const { attempt: _, ...delivery } = message.delivery;
        found.push(storedText({ ...delivery, position: message.seq }));
        if (found.length === count) break;
      }
    });
    return found;
  }

  /** What the server answers to one request for messages. What it has sent it does not send again, and of what is lost on the way nobody hears. */
  async function* answersOf(stream: string, consumer: string, topic: string, count: number): AsyncGenerator<Msg> {
    let why = NOBODY;
    const inbox = createInbox();
    const answers = nc.subscribe(inbox, { max: count + 1 });
    const end = (): void => answers.unsubscribe();
    const unwatch = link.watch(
      () => {
        why = "the connection was lost";
        end();
      },
      ({ message }) => {
        why = message;
      },
    );
    let cancel = clock.after(FIRST_MS, end);
    try {
      nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify({ batch: count, no_wait: true }), { reply: inbox });
      for await (const msg of answers) {
        cancel();
        yield msg;
        cancel = clock.after(NEXT_MS, end);
      }
      throw notGiven(topic, why);
    } finally {
      cancel();
      unwatch();
      end();
    }
  }

  /** From where on there are `last` messages of the topic; other subjects may lie between them. */
  async function startOf(stream: string, topic: string, last: number): Promise<readonly [start: number, count: number]> {
    const { state } = await jsm.streams.info(stream);
    for (let window = last; ; window *= 4) {
      const start = Math.max(state.last_seq - window + 1, state.first_seq, 1);
      const count = await pendingFrom(jsm, stream, topic, start - 1);
      if (count >= last || start <= Math.max(state.first_seq, 1)) return [start, count];
    }
  }

  return {
    async topics() {
      const leases = await leaseRecords(jsm);
      const all: TopicSummary[] = [];
      for await (const info of jsm.streams.list()) if (!/^(?:KV|OBJ)_/.test(info.config.name)) all.push(...(await ofStream(info, leases)));
      return all.sort((a, b) => (a.topic < b.topic ? -1 : 1));
    },
    async messages(topic, which) {
      const stream = await streams.of(topic);
      if (stream === null) return [];
      if ("after" in which) return await read(stream.name, topic, which.after + 1, which.limit);
      const [start, count] = await startOf(stream.name, topic, which.last);
      return count === 0 ? [] : (await read(stream.name, topic, start, count)).slice(-which.last);
    },
  };
}

const NOBODY = "nobody answers";
const notGiven = (topic: string, why: string): Error => new errors.RequestError(`the messages of \`${topic}\` are not given now: ${why}`);

const isPattern = (subject: string): boolean => /[*>]/.test(subject);

/** A consumer that somebody else made is listed under its own name. */
const groupOf =
  (topic: string) =>
  ({ config, num_pending, num_ack_pending }: ConsumerInfo): TopicSummary["groups"] => {
    const { durable_name, filter_subject, metadata } = config;
    const name = metadata?.[GROUP] ?? durable_name;
    const of = metadata?.[TOPIC] ?? filter_subject;
    return name === undefined || (of !== undefined && of !== topic) ? [] : [{ group: name, lag: num_pending + num_ack_pending }];
  };

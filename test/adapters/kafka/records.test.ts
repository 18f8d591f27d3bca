import { createRequire } from "node:module";
import fc from "fast-check";
import type Encoder from "kafkajs/src/protocol/encoder.js";
import response, { type Fetched } from "kafkajs/src/protocol/requests/fetch/v11/response.js";
import produce, { type ProduceOptions } from "kafkajs/src/protocol/requests/produce/index.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { NewRecord } from "../../../src/adapters/kafka/driver.js";
import { grouped } from "../../../src/adapters/kafka/kafkajs/records.js";
import "../../../src/adapters/kafka/kafkajs/codecs.js";

const require = createRequire(import.meta.url);
const FETCHED = "kafkajs/src/protocol/requests/fetch/v11/response.js";
delete require.cache[require.resolve(FETCHED)];
/** As the library has it, whatever we have made of it. */
const released: typeof response = require(FETCHED);

beforeAll(() => void vi.useFakeTimers({ now: 1_790_000_000_000, toFake: ["Date"] }));
afterAll(() => void vi.useRealTimers());

const text = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 40 }), fc.nat(9000).map((length) => "ü".repeat(length)), fc.nat(70_000).map((length) => "x".repeat(length)), fc.constantFrom("\ud800", "a\udfff"));
const record = fc.record({
  topic: fc.constant("t"),
  partition: fc.nat(3),
  key: fc.option(text),
  value: fc.oneof(text, fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
  headers: fc.dictionary(fc.string({ maxLength: 80 }), text, { maxKeys: 4 }),
});
const records = fc.array(record, { minLength: 1, maxLength: 40 });

/** What `sendBatch` makes of it, as far as a request says it. */
function requestOf(list: readonly NewRecord[], as: (messages: readonly NewRecord[]) => readonly NewRecord[]): ProduceOptions {
  const partitions = [...Map.groupBy(list, ({ partition }) => partition)].map(([partition, messages]) => ({ partition, firstSequence: 7, messages: as(messages) }));
  return { acks: -1, timeout: 5000, producerId: "9007199254740993", producerEpoch: 3, topicData: [{ topic: "t", partitions }] };
}
async function bytesOf(options: ProduceOptions): Promise<Buffer> {
  return (await produce.protocol({ version: 7 })(options).request.encode()).buffer;
}
const oursOf = (list: readonly NewRecord[]): ProduceOptions => {
  const groups = grouped(list).reduce<Record<number, readonly NewRecord[]>>((all) => all, {});
  return requestOf(list, (messages) => groups[messages[0]?.partition ?? -1] ?? []);
};

describe("what our producer sends", () => {
  test("is byte for byte what the library would send", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        expect((await bytesOf(oursOf(list))).equals(await bytesOf(requestOf(list, (messages) => [...messages])))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("is waited for as long as it says, and not as all requests are", () => {
    const [one] = fc.sample(records, 1);
    expect(produce.protocol({ version: 7 })({ ...oursOf(one ?? []), timeout: 40_000 }).requestTimeout).toBe(40_000);
  });
});

/** A response of one partition that holds `batches`. */
function fetchedOf(batches: Buffer, { error = 0, replica = -1 } = {}): Buffer {
  const Encoding: new () => Encoder & Record<"writeInt8" | "writeInt64", (value: number) => Encoding> = require("kafkajs/src/protocol/encoder.js");
  type Encoding = InstanceType<typeof Encoding>;
  const encoder = new Encoding().writeInt32(0).writeInt16(0).writeInt32(0).writeInt32(1).writeString("t").writeInt32(1).writeInt32(5).writeInt16(error);
  encoder.writeInt64(100).writeInt64(99).writeInt64(1).writeInt32(1).writeInt64(-12).writeInt64(34).writeInt32(replica);
  return encoder.writeBytes(batches).buffer;
}
interface Options {
  readonly records: readonly Encoder[];
  readonly [more: string]: unknown;
}
const { RecordBatch }: { RecordBatch(options: Options): Promise<Encoder> } = require("kafkajs/src/protocol/recordBatch/v0/index.js");
const recordOf: (of: object) => Encoder = require("kafkajs/src/protocol/recordBatch/record/v0/index.js");

const stored = fc.record({
  timestampDelta: fc.oneof(fc.constant(0), fc.integer({ min: -5000, max: 2 ** 31 - 1 }), fc.constant(2 ** 40)),
  key: fc.option(fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes))),
  value: fc.option(fc.uint8Array({ maxLength: 9000 }).map((bytes) => Buffer.from(bytes))),
  headers: fc.dictionary(fc.string({ maxLength: 70 }).filter((name) => !(name in {})), fc.array(fc.string(), { minLength: 1, maxLength: 3 }), { maxKeys: 3 }),
});
const batch = fc.record({
  list: fc.array(stored, { maxLength: 30 }),
  firstOffset: fc.nat(2 ** 31),
  firstTimestamp: fc.integer({ min: 1_000_000, max: 1_790_000_000_000 }),
  producerId: fc.integer({ min: -1, max: 2 ** 40 }),
  compression: fc.constantFrom(0, 1),
  flags: fc.constantFrom(0, 0x8, 0x10, 0x20, 0x30),
});

async function bytesOfBatch({ list, flags, ...of }: typeof batch extends fc.Arbitrary<infer T> ? T : never): Promise<Buffer> {
  const made = await RecordBatch({ ...of, maxTimestamp: 1_790_000_000_001, lastOffsetDelta: list.length - 1, records: list.map((one, offsetDelta) => recordOf({ ...one, offsetDelta })) });
  const bytes = Buffer.from(made.buffer);
  bytes.writeInt16BE(bytes.readInt16BE(21) | flags, 21);
  return bytes;
}

describe("what is fetched", () => {
  test("is read as the library reads it: compressed, of transactions, cut off; those that were aborted are looked at here", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 4 }), fc.double({ min: 0, max: 1, noNaN: true }), async (batches, cut) => {
        const all = Buffer.concat(await Promise.all(batches.map(bytesOfBatch)));
        const raw = fetchedOf(all.subarray(0, cut < 0.5 ? all.length : Math.floor(all.length * cut)));
        const { responses, ...rest } = await released.decode(raw);
        expect(await response.decode(raw)).toEqual({ ...rest, responses: responses.map(({ topicName, partitions }) => ({ topicName, partitions: partitions.filter(({ messages }) => messages.length > 0).map((one) => ({ ...one, abortedTransactions: [] })) })) });
      }),
      { numRuns: 80 },
    );
  });

  test("headers may have the names of what every object has, where the library gives the functions themselves", async () => {
    const bytes = await bytesOfBatch({ list: [{ timestampDelta: 0, key: null, value: null, headers: Object.fromEntries([["constructor", ["a"]], ["__proto__", ["b"]], ["twice", ["c", "d"]]]) }], firstOffset: 0, firstTimestamp: 1, producerId: 0, compression: 0, flags: 0 });
    const [read] = (await response.decode(fetchedOf(bytes))).responses[0]?.partitions[0]?.messages ?? [];
    expect(Object.entries(read?.headers ?? {})).toEqual([["constructor", Buffer.from("a")], ["__proto__", Buffer.from("b")], ["twice", [Buffer.from("c"), Buffer.from("d")]]]);
  });

  test("an older format is left to the library", async () => {
    const set: (of: { readonly entries: readonly object[]; readonly compression: number }) => Encoder = require("kafkajs/src/protocol/messageSet/index.js");
    const older = set({ entries: [{ key: "k", value: "v" }], compression: 0 }).buffer;
    const read = await response.decode(fetchedOf(older));
    expect(read).toEqual(await released.decode(fetchedOf(older)));
    expect(read.responses[0]?.partitions[0]?.messages).toHaveLength(1);
  });

  test("a partition of which nothing has come is not spoken of, but for what the server says about it", async () => {
    const partitions = async (of: Parameters<typeof fetchedOf>[1]): Promise<Fetched["responses"][number]["partitions"] | undefined> => (await response.decode(fetchedOf(Buffer.alloc(0), of))).responses[0]?.partitions;
    expect(await partitions({})).toEqual([]);
    expect(await partitions({ error: 1 })).toMatchObject([{ partition: 5, errorCode: 1, messages: [] }]);
    expect(await partitions({ replica: 2 })).toMatchObject([{ partition: 5, preferredReadReplica: 2, messages: [] }]);
  });
});

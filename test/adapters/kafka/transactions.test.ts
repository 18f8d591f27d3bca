import { expect, onTestFinished, test } from "vitest";
import kafkajs, { type Producer, type Transaction } from "kafkajs";
import type { FetchedRecord } from "kafkajs/src/protocol/requests/fetch/v11/response.js";
import { withoutAborted } from "../../../src/adapters/kafka/kafkajs/aborted.js";
import { needOf } from "../../conformance/broker.js";
import { numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("kafka", "Kafka: transactions of others", (url) => {
  async function producer(): Promise<Producer> {
    const made = new kafkajs.Kafka({ brokers: [url.replace("kafka://", "")], logLevel: kafkajs.logLevel.NOTHING }).producer({ transactionalId: unused(), maxInFlightRequests: 1, idempotent: true });
    await made.connect();
    onTestFinished(() => made.disconnect());
    return made;
  }
  /** Each body is larger than half of what one fetch brings of a partition. */
  const put = (to: Transaction, topic: string, number: number): Promise<unknown> => to.send({ topic, messages: [{ partition: 0, value: JSON.stringify({ at: number, filler: "x".repeat(600_000) }) }] });

  test("what was aborted is read by nobody, and what comes behind it is", { timeout: 60_000 }, async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const [one, other] = await Promise.all([producer(), producer()]);
    const [first, second] = [await one.transaction(), await other.transaction()];
    // One within the other, over more than a fetch.
    for (const [to, number] of [[first, 1], [second, 2], [second, 3], [first, 4], [second, 5]] as const) await put(to, topic, number);
    await first.abort();
    await second.abort();
    const third = await one.transaction();
    await put(third, topic, 6);
    await third.commit();
    const stored = async (): Promise<readonly number[]> => (await broker.topics.messages(topic, { after: 0, limit: 9 })).map(({ body }) => Number(/\d+/.exec(body)));
    let found = await stored();
    // The server marks the end of a transaction in the partition a moment after it has told who committed it.
    while (found.length === 0) found = await stored();
    expect(found).toEqual([6]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    expect((await reader.take(1)).map(numberOf)).toEqual([6]);
    await reader.subscription.close();
  });
});

test("a fetch that begins within two aborted transactions gives nothing of either, and all that comes behind them", () => {
  const at = (offset: number, producerId: string, mark = false): FetchedRecord => ({
    magicByte: 2,
    attributes: 0,
    timestamp: "0",
    offset: String(offset),
    key: mark ? Buffer.from([0, 0, 0, 0]) : null,
    value: null,
    headers: {},
    isControlRecord: mark,
    batchContext: { firstOffset: String(offset), firstTimestamp: "0", partitionLeaderEpoch: 0, inTransaction: true, isControlBatch: mark, lastOffsetDelta: 0, producerId, producerEpoch: 0, firstSequence: 0, maxTimestamp: "0", timestampType: 0, magicByte: 2 },
  });
  const aborted = [{ producerId: "b", firstOffset: "1" }, { producerId: "a", firstOffset: "0" }];
  const read = withoutAborted([at(2, "b"), at(3, "a"), at(4, "a", true), at(5, "b"), at(6, "b", true), at(7, "a"), at(8, "b")], aborted);
  expect(read.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => offset)).toEqual(["7", "8"]);
});

import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { idBefore } from "../../../src/adapters/redis/entry.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connect, madeTopic } from "./harness.js";

describeOn("redis", "Redis: what is deleted while it is served", (url) => {
  const admin = (): Redis => {
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    return redis;
  };
  test.each([
    { what: "group", ordered: false },
    { what: "group", ordered: true },
    { what: "stream", ordered: false },
    { what: "stream", ordered: true },
  ])("a group goes on where it stood when its $what goes, ordered: $ordered, and the reader hears of it at once", async ({ what, ordered }) => {
    await using broker = await connect(url);
    const redis = admin();
    const topic = await madeTopic(broker);
    const subscribe = async () => read(await broker.bus.subscribe({ topic, group: "g", from: "latest", maxBatch: 10, ordered }));
    const first = await subscribe();
    await broker.bus.publish([message(topic, "k", 1), message(topic, "k", 2)]);
    await first.take(2);
    const ended = expect(first.ended).rejects.toThrow("its stream, or the group `g`, is not there any more");
    if (what === "group") await redis.xgroup("DESTROY", topic, "g");
    else await redis.del(topic);
    await redis.xadd(topic, "*", "body", '{"at":3}');
    await ended;
    await first.subscription.close();
    const again = await subscribe();
    await redis.xadd(topic, "*", "body", '{"at":4}');
    const expected = what === "group" ? [1, 2, 3, 4] : [3, 4];
    expect((await again.take(expected.length)).map(numberOf)).toEqual(expected);
    await again.subscription.close();
  });
});

test("the id before another one", () => {
  expect(["5-3", "5-0", "0-0"].map(idBefore)).toEqual(["5-2", "4-18446744073709551615", "0-0"]);
});

import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { describeOn } from "../../support/servers.js";
import { connect, madeTopic, unused } from "./harness.js";

describeOn("redis", "Redis Streams: a user who may not write to one of them", (url) => {
  test("waits with that one alone, and writes there when he may", async () => {
    const admin = new Redis(url);
    const user = unused();
    await using owner = await connect(url);
    const [topic, other] = [await madeTopic(owner), await madeTopic(owner)];
    const rights = ["on", ">p", "+@all", `~${other}`, "~flowctl:*"] as const;
    await admin.acl("SETUSER", user, ...rights);
    try {
      await using broker = await connect(url, { username: user, password: "p" });
      const message = (to: string, id: string) => ({ topic: to, key: "k", id, headers: {}, body: `"${id}"` });
      await expect(broker.bus.publish([message(topic, "a"), message(other, "b"), message(topic, "c")])).rejects.toMatchObject({ name: "TopicsHeld", topics: new Map([[topic, expect.stringContaining("NOPERM")]]) });
      await broker.bus.publish([message(other, "d")]);
      await admin.acl("SETUSER", user, `~${topic}`);
      await broker.bus.publish([message(topic, "a"), message(topic, "c")]);
      expect(await Promise.all([topic, other].map(async (one) => (await owner.topics.messages(one, { last: 9 })).map(({ body }) => body)))).toEqual([['"a"', '"c"'], ['"b"', '"d"']]);
    } finally {
      await admin.acl("DELUSER", user);
      admin.disconnect();
    }
  });

  test.each(["sadd", "xadd"])("stores nothing where he may do only a part of what that takes: %s", async (command) => {
    const admin = new Redis(url);
    const user = unused();
    await using owner = await connect(url);
    const [topic, other] = [await madeTopic(owner), await madeTopic(owner)];
    // The rest of it he may do with one of them alone.
    await admin.acl("SETUSER", user, "on", ">p", "+@all", `-${command}`, "~*", `(+${command} ~${other} ~flowctl:id:*${other})`);
    try {
      await using broker = await connect(url, { username: user, password: "p" });
      const messages = [topic, other, topic].map((to, at) => ({ topic: to, key: "k", id: String(at), headers: {}, body: String(at) }));
      for (let time = 0; time < 2; time += 1) await expect(broker.bus.publish(messages)).rejects.toMatchObject({ name: "TopicsHeld", topics: new Map([[topic, expect.stringContaining("may not write there")]]) });
      const stored = (): Promise<string[][]> => Promise.all([topic, other].map(async (one) => (await owner.topics.messages(one, { last: 9 })).map(({ body }) => body)));
      expect(await stored()).toEqual([[], ["1"]]);
      await admin.acl("SETUSER", user, `+${command}`);
      await broker.bus.publish(messages);
      expect(await stored()).toEqual([["0", "2"], ["1"]]);
    } finally {
      await admin.acl("DELUSER", user);
      admin.disconnect();
    }
  });
});

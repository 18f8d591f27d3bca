// Redis Streams by its client alone, as its documentation says.
import { Redis } from "ioredis";
import { BATCH, urlOf } from "./server.mjs";

export async function redisByHand() {
  const url = await urlOf("redis");
  const redis = new Redis(url);
  const readers = [];
  const reader = () => readers[readers.push(new Redis(url)) - 1];
  return {
    publish: async (topic, bodies) => {
      for (let at = 0; at < bodies.length; at += BATCH) {
        const pipeline = redis.pipeline();
        for (const body of bodies.slice(at, at + BATCH)) pipeline.xadd(topic, "*", "body", body);
        await pipeline.exec();
      }
    },
    async consume(topic, group, count, handle) {
      await redis.xgroup("CREATE", topic, group, "0");
      const from = reader();
      let [began, taken] = [0, 0];
      while (taken < count) {
        const found = await from.xreadgroup("GROUP", group, "bench", "COUNT", BATCH, "BLOCK", 1000, "STREAMS", topic, ">");
        if (found === null) continue;
        const [[, entries]] = found;
        began ||= performance.now();
        await handle(entries.map(([, [, body]]) => body));
        await redis.xack(topic, group, ...entries.map(([id]) => id));
        taken += entries.length;
      }
      return performance.now() - began;
    },
    async listen(topic, heard) {
      const from = reader();
      void (async () => {
        for (let last = "$"; ; ) {
          const found = await from.xread("BLOCK", 0, "STREAMS", topic, last).catch(() => undefined);
          if (found === undefined) return;
          for (const [id, [, body]] of found?.[0]?.[1] ?? []) {
            last = id;
            heard(body);
          }
        }
      })();
    },
    close() {
      for (const one of readers) one.disconnect();
      redis.disconnect();
    },
  };
}

// A flow on a broker, measured from its first batch.

/** The bus, and the ms from the first batch that its reader gets to the acknowledgement of the `count`th message. */
export function timed(bus, count) {
  const done = Promise.withResolvers();
  let [began, acknowledged] = [0, 0];
  return {
    ms: done.promise,
    bus: {
      ...bus,
      async subscribe(options) {
        const made = await bus.subscribe(options);
        return {
          ...made,
          batches: {
            async *[Symbol.asyncIterator]() {
              for await (const batch of made.batches) {
                began ||= performance.now();
                yield batch;
              }
            },
          },
          async ack(deliveries) {
            await made.ack(deliveries);
            acknowledged += deliveries.length;
            if (acknowledged >= count) done.resolve(performance.now() - began);
          },
        };
      },
    },
  };
}

/** `plan` on the bus until it has acknowledged `count` messages; per second. */
export async function served(plan, bus, count, runtimeOf) {
  const { ms, bus: watched } = timed(bus, count);
  const runtime = runtimeOf(plan, { bus: watched });
  await runtime.start();
  const took = await ms;
  await runtime.close();
  return (count / took) * 1000;
}

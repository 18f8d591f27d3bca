/** Asks for the next one when it hands one over, so that it is read while the one before is handled. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const from = source[Symbol.asyncIterator]();
  for (let next = from.next(); ; ) {
    const { done, value } = await next;
    if (done === true) return;
    next = from.next();
    // Whether it failed is told when the next one is asked for. A reader that stops never asks.
    next.catch(() => undefined);
    yield value;
  }
}

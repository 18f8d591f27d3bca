/** One more is asked for when one is handed over: reading it and handling the one before are beside each other. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const from = source[Symbol.asyncIterator]();
  for (let next = from.next(); ; ) {
    const { done, value } = await next;
    if (done === true) return;
    next = from.next();
    // Whoever asks for the next one hears of it; nobody does after the end.
    next.catch(() => undefined);
    yield value;
  }
}

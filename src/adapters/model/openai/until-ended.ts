/** The OpenAI client's stream: its controller cuts the connection. */
interface Stream<T> extends AsyncIterable<T> {
  readonly controller: AbortController;
}

/** How long a stream may be silent once it has said that it ends: what was used comes behind that. */
const SILENT_MS = 2_000;

/** The pieces of a stream. Some servers leave it open behind the last one: the answer is whole, and the connection is cut. */
export async function* untilEnded<T>(stream: Stream<T>, isEnd: (piece: T) => boolean): AsyncGenerator<T> {
  const pieces = stream[Symbol.asyncIterator]();
  try {
    for (let ends = false; ; ) {
      const next = pieces.next();
      const piece = ends ? await unlessSilent(next) : await next;
      if (piece === null) stream.controller.abort();
      if (piece === null || piece.done === true) return;
      ends ||= isEnd(piece.value);
      yield piece.value;
    }
  } finally {
    await pieces.return?.();
  }
}

function unlessSilent<T>(next: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const silent = setTimeout(() => resolve(null), SILENT_MS);
    void next.then(resolve, reject).finally(() => clearTimeout(silent));
  });
}

import { DiscardPolicy, JetStreamApiCodes, JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";

export interface StreamOf {
  readonly name: string;
  /** May take a message when it has not taken the one before: on several servers, or where one has no room and a smaller one has. */
  readonly skips: boolean;
}

/** Which stream takes a subject, looked up once. */
export interface Streams {
  /** Null: none does. Rejects when the server does not say. */
  of(subject: string): Promise<StreamOf | null>;
  /** It may be another one now. */
  forget(subject: string): void;
}

export function createStreams(jsm: JetStreamManager): Streams {
  const known = new Map<string, StreamOf>();
  return {
    async of(subject) {
      const old = known.get(subject);
      if (old !== undefined) return old;
      const name = await nameOf(jsm, subject);
      if (name === null) return null;
      const { config } = await jsm.streams.info(name);
      const found = { name, skips: config.num_replicas > 1 || config.discard === DiscardPolicy.New };
      known.set(subject, found);
      return found;
    },
    forget: (subject) => void known.delete(subject),
  };
}

const NOT_THERE: ReadonlySet<number> = new Set([JetStreamApiCodes.StreamNotFound, JetStreamApiCodes.ConsumerNotFound, JetStreamApiCodes.NoMessageFound]);

/** The server says that there is none, which is not that it says nothing. */
export const isNotFound = (error: unknown): boolean => error instanceof JetStreamApiError && NOT_THERE.has(error.code);

async function nameOf(jsm: JetStreamManager, subject: string): Promise<string | null> {
  try {
    return await jsm.streams.find(subject);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

import { createHash } from "node:crypto";
import { Redis } from "ioredis";
import { InfraError } from "../../core/errors.js";
import { clauseOf } from "../../core/message-of.js";
import { REQUEST_MS } from "../bus/request-room.js";
import type { Settings } from "./settings.js";

type Argument = string | number | Buffer;

/** A script of the server, and its digest. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}
export const scriptOf = (lua: string): Script => ({ lua, sha: createHash("sha1").update(lua).digest("hex") });

/**
 * One connection. What is asked for while the server is away is rejected at once, and what is under way when it goes is
 * rejected too and not sent again: who asked knows what may be repeated.
 */
export interface Link {
  /** Replies are numbers, buffers, null and lists of these. */
  command(name: string, ...args: readonly Argument[]): Promise<unknown>;
  script(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** From the next command on a server that is silent for so long, while it owes an answer, is away. */
  waits(ms: number): void;
  /** Ends what is under way, and the connection. */
  close(): void;
}

const LONGEST_WAIT_MS = 1000;

/** Rejects with FC6043 when the server cannot be used; once connected, the connection is made again whenever it is lost. */
export async function openLink({ where, options }: Settings): Promise<Link> {
  let connected = false;
  let reason: Error | null = null;
  const redis = new Redis({
    ...options(),
    replyMapping: "legacy",
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: REQUEST_MS,
    connectTimeout: REQUEST_MS,
    disableClientInfo: true,
    connectionName: "flowctl",
    // A primary that has become a replica keeps its connections: the address may lead to the new one by now.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
    retryStrategy(times: number) {
      if (!connected) return null;
      Object.assign(redis.options, options());
      return Math.min(25 * 2 ** times, LONGEST_WAIT_MS);
    },
  });
  redis.on("error", (error: Error) => {
    reason = error;
  });
  redis.on("ready", () => {
    reason = null;
  });
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    const cause = reason ?? error;
    const said = clauseOf(cause);
    if (/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/.test(said)) throw new InfraError("FC6043", `Redis at ${where} does not let flowctl in: ${said}.`, { hint: "`auth: { username, password }` under `broker` names a user of its ACL", cause });
    throw new InfraError("FC6043", `Redis at ${where} does not answer: ${said}.`, { hint: "is it running, and are `broker.url`, `tls` and `auth` right?", cause });
  }
  connected = true;

  async function command(name: string, ...args: readonly Argument[]): Promise<unknown> {
    try {
      return await redis.callBuffer(name, ...args);
    } catch (error) {
      if (isReply(error)) throw error;
      throw new Error(`Redis at ${where} is away${reason === null ? "" : `: ${clauseOf(reason)}`}`, { cause: error });
    }
  }
  return {
    command,
    async script({ lua, sha }, keys, args) {
      try {
        return await command("EVALSHA", sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return await command("EVAL", lua, keys.length, ...keys, ...args);
      }
    },
    waits(ms) {
      redis.options.socketTimeout = ms;
    },
    close: () => redis.disconnect(),
  };
}

/** An answer of the server, as against none. */
export const isReply = (error: unknown): error is Error => error instanceof Error && error.name === "ReplyError";

/** That there is no such group, or no stream of it. */
export const isGone = (error: unknown): boolean => isReply(error) && /^(NOGROUP|UNBLOCKED the stream key|ERR no such key)/i.test(error.message);

/** That this user may not do it; Redis 7.0 and later ones have words of their own where a script comes to it. */
export const isForbidden = (error: unknown): error is Error => isReply(error) && /^NOPERM|^ERR (?:The user executing the script|ACL failure in script)/.test(error.message);

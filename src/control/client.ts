import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { text as readText } from "node:stream/consumers";
import { asText } from "../core/bytes.js";
import { InfraError } from "../core/errors.js";
import type { RunEvent } from "../core/event.js";
import { PublishRefused, type TextMessage } from "../core/ports/bus.js";
import type { ForkOutcome, Operator, Purged, RequestOutcome, StoredMessage, TopicSummary } from "../core/ports/operator.js";
import type { Backlog, DeadLetterRow, LockPlace, RunRow, StoreCounts, StoreReader, TableRow } from "../core/ports/store.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import { lastMessages } from "./last-messages.js";
import { readLines } from "./lines.js";
import { MOST_MESSAGES, MOST_ROWS, noAnswer, ROOT, type Cut, type Failure, type Hello, type Watched } from "./protocol.js";
import { isOwn, realDatabase } from "./socket-path.js";

/** A process that is there and does not answer so long is stopped or hangs, ms: first of all, and to a call that has work to do. */
const HELLO_MS = 5000;
const PATIENCE_MS = 30_000;
/** Characters of the bodies of one `publish`. */
const MOST_AT_ONCE = 4 * 1024 * 1024;

/** The process that serves a database, or null when none does: no socket, or one that a dead process left. */
export async function connectControl(socketPath: string, database: string): Promise<Operator | null> {
  try {
    if (!isOwn(socketPath)) throw noAnswer(`the control socket \`${socketPath}\` belongs to somebody else`);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  const agent = new Agent();
  try {
    const wire = createWire(socketPath, agent);
    const hello = await wire.call<Hello>("hello", {});
    if (hello.database === realDatabase(database)) return operatorOver(wire, agent, hello);
  } catch (error) {
    agent.destroy();
    if (error instanceof Error && NOBODY.has(codeOf(error.cause))) return null;
    throw error;
  }
  agent.destroy();
  throw noAnswer(`the process at the control socket \`${socketPath}\` serves another database`);
}

const NOBODY = new Set<unknown>(["ECONNREFUSED", "ENOENT"]);
const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : null);

function operatorOver({ call, open }: Wire, agent: Agent, { pid, flows }: Hello): Operator {
  const end = (): void => agent.destroy();
  return {
    server: { pid, flows },
    store: {
      async *read(run, from) {
        for await (const line of linesOf(await open("read", { run, from }))) {
          const value: RunEvent | Cut = parse(line);
          yield uncut(value);
        }
      },
      run: (run) => call<RunRow | null>("run", { run }),
      runs: ({ limit, ...filter }) => paged(limit, ({ run }) => run, (last = filter.before, most) => call<readonly RunRow[]>("runs", { ...filter, before: last, limit: most })),
      runsLike: (prefix) => call<readonly RunRow[]>("runs-like", { prefix }),
      plan: (hash) => call<FlowPlan | null>("plan", { hash }),
      deadLetters: ({ limit, ...filter }) => paged(limit, ({ id }) => id, (last = filter.before, most) => call<readonly DeadLetterRow[]>("dead-letters", { ...filter, before: last, limit: most })),
      counts: () => call<StoreCounts>("counts", {}),
      backlog: () => call<readonly Backlog[]>("backlog", {}),
      lockHead: (lock) => call<LockPlace | null>("lock-head", { lock }),
      tableRow: (table, key, now) => call<TableRow | null>("table-row", { table, key, now }),
      tableRows: (table, { after, limit }, now) => paged(limit, ({ key }) => key, (last = after, most) => call<readonly TableRow[]>("table-rows", { table, after: last, limit: most, now })),
      budgets: ({ scope, limit }) => call<Awaited<ReturnType<StoreReader["budgets"]>>>("budgets", { ...(scope === undefined ? {} : { scope }), limit }),
      tables: (now) => call<Awaited<ReturnType<StoreReader["tables"]>>>("tables", { now }),
      body: (key) => call<string | null>("body", { key }),
      prunable: (ended) => call<Awaited<ReturnType<StoreReader["prunable"]>>>("prunable", { ...ended }),
      [Symbol.asyncDispose]: async () => end(),
    },
    topics: {
      topics: () => call<readonly TopicSummary[]>("topics", {}),
      messages(topic, which) {
        const ask = (some: typeof which): Promise<readonly StoredMessage[]> => call("messages", { topic, ...some });
        return "last" in which ? lastMessages(which.last, ask) : ask(which);
      },
    },
    async *watch(signal) {
      if (signal.aborted) return;
      try {
        for await (const line of linesOf(await open("watch", {}, signal))) {
          if (line === "") continue;
          const value: Watched | Cut = parse(line);
          yield uncut(value);
        }
      } catch (error) {
        // Who watches until the process ends, or until they have seen enough, has seen it all.
        if (!signal.aborted && !(error instanceof WentAway)) throw error;
      }
    },
    fork: (run, fork) => call<ForkOutcome>("fork", { run, ...fork }),
    request: (run, request, by) => call<RequestOutcome>("request", { run, request, by }),
    async publish(messages) {
      for (const part of parts(messages.map((message) => asText(message)))) await call<null>("publish", { messages: part });
    },
    putBody: async (stored) => void (await call<null>("put-body", stored)),
    deleteDeadLetters: async (ids) => void (await call<null>("delete-dead-letters", { ids })),
    purge: (of) => call<Purged>("purge", { ...of }),
    prune: (ended) => call<number>("prune", { ...ended }),
    [Symbol.asyncDispose]: async () => end(),
  };
}

/** As many as are wanted, over as many answers as they take. `ask` gets the name of the last one before. */
async function paged<T>(limit: number, nameOf: (row: T) => string, ask: (last: string | undefined, most: number) => Promise<readonly T[]>): Promise<readonly T[]> {
  const found: T[] = [];
  for (;;) {
    const most = Math.min(limit - found.length, MOST_ROWS);
    const [first, last] = [found[0], found.at(-1)];
    const page = await ask(last === undefined ? undefined : nameOf(last), most);
    const [next] = page;
    // A process of an earlier version begins anew.
    if (first !== undefined && next !== undefined && nameOf(next) === nameOf(first)) return found;
    found.push(...page);
    if (page.length < most || found.length >= limit) return found;
  }
}

async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  try {
    yield* readLines(answer);
  } catch (error) {
    if (codeOf(error) === "ECONNRESET") throw new WentAway(error);
    throw error;
  }
}

/** The process that serves ended in the middle of an answer. */
class WentAway extends InfraError {
  constructor(cause: unknown) {
    super("FC6020", "the process that serves went away", { cause });
  }
}

function* parts(messages: readonly TextMessage[]): Generator<readonly TextMessage[]> {
  let part: TextMessage[] = [];
  let size = 0;
  for (const message of messages) {
    if (part.length > 0 && (part.length === MOST_MESSAGES || size + message.body.length > MOST_AT_ONCE)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(message);
    size += message.body.length;
  }
  if (part.length > 0) yield part;
}

interface Wire {
  call<T>(name: string, body: object): Promise<T>;
  /** The answer as a stream; it is destroyed when it is left before its end. */
  open(name: string, body: object, signal?: AbortSignal): Promise<IncomingMessage>;
}

function createWire(socketPath: string, agent: Agent): Wire {
  async function open(name: string, body: object, signal?: AbortSignal): Promise<IncomingMessage> {
    const answer = await exchange(name, body, signal);
    if (answer.statusCode === 200) return answer;
    throw failed(await readText(answer));
  }
  function exchange(name: string, body: object, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const sent = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath, agent, method: "POST", path: `${ROOT}${name}`, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(sent) }, ...(signal === undefined ? {} : { signal }) }, (answer) => {
        request.setTimeout(0);
        resolve(answer);
      });
      const patience = name === "hello" ? HELLO_MS : PATIENCE_MS;
      request.setTimeout(patience, () => request.destroy(noAnswer(`the process that serves has not answered for ${patience / 1000} seconds`)));
      request.on("error", (error) => reject(error instanceof InfraError ? error : noAnswer("the process that serves went away", error)));
      request.end(sent);
    });
  }
  return {
    open,
    async call<T>(name: string, body: object): Promise<T> {
      const answer = await open(name, body);
      let text: string;
      try {
        text = await readText(answer);
      } catch (error) {
        throw noAnswer("the process that serves went away before it answered", error);
      }
      return parse(text);
    },
  };
}

function failed(text: string): Error {
  const { error }: Failure = parse(text);
  if (typeof error !== "object") return noAnswer(NOT_FLOWCTL);
  if (error.refused !== undefined) return new PublishRefused(error.refused, error.unsettled === undefined ? null : new Set(error.unsettled));
  const code = /^FC(\d{4})$/.exec(error.code)?.[1];
  return new InfraError(code === undefined ? "FC6020" : `FC${Number(code)}`, error.message, error.hint === undefined ? {} : { hint: error.hint });
}

const NOT_FLOWCTL = "what answers at the control socket is not flowctl";

const parse: typeof JSON.parse = (text) => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw noAnswer(NOT_FLOWCTL, error);
  }
};

function uncut<T extends object>(value: T | Cut): T {
  if ("cut" in value) throw noAnswer(`the stream was cut: ${value.cut}`);
  return value;
}

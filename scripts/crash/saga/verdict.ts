import type { RunEvent } from "../../../src/core/event.js";
import { isJsonObject, type Json } from "../../../src/core/json.js";
import { figure, type Figure, type Sent } from "../case.js";
import { countsOf, messagesOf, operate, type Project } from "../project.js";
import { hasUndone, imbalance } from "./balance.js";
import { endingOf, type Ending } from "./order.js";
import { tell, type Told } from "./told.js";

/** What the saga server has counted. */
interface Counts {
  readonly orders: Readonly<Record<string, readonly string[]>>;
  readonly conflicts: number;
  readonly strange: number;
  readonly models: Readonly<Record<string, number>>;
  readonly requests: number;
}

interface Facts {
  readonly sent: readonly Sent[];
  readonly runs: readonly Told[];
  readonly shipped: readonly string[];
  /** Ids of messages without a run, and of runs that have failed. */
  readonly letters: { readonly unread: readonly string[]; readonly failed: readonly string[] };
  readonly counts: Counts;
}

const ALL = 10_000_000;

export async function verdict(project: Project, sent: readonly Sent[]): Promise<Figure[]> {
  const counts = await countsOf<Counts>(project);
  return operate(project, async (operator) => {
    const runs: Told[] = [];
    for (const row of await operator.store.runs({ flow: "fulfilment", limit: ALL })) {
      const events: RunEvent[] = [];
      for await (const event of operator.store.read(row.run, 0)) events.push(event);
      runs.push(tell(row, events));
    }
    // A broker may have one twice, under its id.
    const sentOnce = new Map((await messagesOf(operator, "orders.dlq")).map(({ headers, body }) => [headers["flowctl-id"] ?? body, body]));
    const letters = [...sentOnce.values()].map((body): Json => JSON.parse(body));
    const about = (has: boolean): string[] => letters.filter((letter) => isJsonObject(letter) && (letter["run"] !== undefined) === has).map(idOf);
    const facts: Facts = { sent, runs, shipped: (await messagesOf(operator, "shipped")).map(({ headers }) => headers["flowctl-id"] ?? ""), letters: { unread: about(false), failed: about(true) }, counts };
    return [...acknowledged(facts), ...ledger(facts), ...sagas(facts), ...models(facts), ...journals(facts)];
  });
}

const ENDINGS: readonly Ending[] = ["completed", "compensated", "cancelled", "failed", "parked", "incident"];

function acknowledged({ sent, runs, letters }: Facts): Figure[] {
  const ids = new Set(sent.map(({ id }) => id));
  const poison = new Set(sent.filter(({ is }) => is === "poison").map(({ id }) => id));
  const by = (ending: Ending): number => runs.filter((run) => run.ending === ending).length;
  const sum = runs.filter(({ ending }) => ending !== "open").length + new Set(letters.unread).size;
  const otherwise = runs.filter(({ order, ending }) => ending !== endingOf(order));
  const broken = new Set(runs.filter(({ order }) => order.fails === "broken").map(({ order }) => order.id));
  return [
    figure("acknowledged", `${ids.size} = ${ENDINGS.map((ending) => `${by(ending)} ${ending}`).join(" + ")} + ${new Set(letters.unread).size} dlq`, ids.size === sum && new Set(runs.map(({ order }) => order.id)).size === runs.length),
    figure("runs that ended otherwise than their message says", `${otherwise.length}${some(otherwise.map(({ order, ending }) => `${order.id} ${ending}`))}`, otherwise.length === 0),
    figure("dead letters of messages that fit no schema", `${new Set(letters.unread).size} of ${poison.size}`, sameSet(new Set(letters.unread), poison)),
    figure("dead letters of runs that failed", `${letters.failed.length} of ${broken.size}`, sameSet(new Set(letters.failed), broken) && letters.failed.length === broken.size),
  ];
}

function ledger({ runs, counts }: Facts): Figure[] {
  const logs = Object.values(counts.orders);
  const applied = logs.flatMap((log) => log.filter((line) => line.startsWith("do ")));
  const twice = logs.filter((log) => new Set(log).size < log.length).length;
  const known = new Set(runs.map(({ order }) => order.id));
  const nobodys = Object.keys(counts.orders).filter((id) => !known.has(id));
  return [
    figure("effects per key", `${applied.length} applied in ${counts.requests} requests, ${twice} orders with one twice`, twice === 0 && applied.length > 0),
    figure("another input under a key", String(counts.conflicts), counts.conflicts === 0),
    figure("undone without having been applied, or under another key", String(counts.strange), counts.strange === 0),
    figure("effects of no run", String(nobodys.length), nobodys.length === 0),
  ];
}

function sagas({ runs, counts }: Facts): Figure[] {
  const logOf = (run: Told): readonly string[] => counts.orders[run.order.id] ?? [];
  const differ = runs.filter((run) => !hasUndone(run, logOf(run))).map(({ order }) => order.id);
  const order = runs.filter(({ reverse }) => !reverse).length;
  const figures = ENDINGS.map((ending) => {
    const mine = runs.filter((run) => run.ending === ending);
    const undos = mine.reduce((sum, run) => sum + run.undone.length, 0);
    const off = mine.flatMap((run) => imbalance(run.order, logOf(run)) ?? []);
    return figure(`ledgers of runs: ${ending}`, `${mine.length - off.length} of ${mine.length} balanced, ${undos} undone${some(off)}`, off.length === 0);
  });
  return [...figures, figure("undo order", `${order} not in reverse of what was recorded, ${differ.length} where the ledger has seen another${some(differ)}`, order === 0 && differ.length === 0)];
}

/** A recorded answer is never asked for again; each intent is one request at most. */
function models({ runs, counts }: Facts): Figure[] {
  const answers = runs.reduce((sum, run) => sum + run.answers, 0);
  const again = runs.reduce((sum, run) => sum + run.askedAgain, 0);
  const intents = new Map(runs.flatMap((run) => [...run.intents]));
  const asked = Object.entries(counts.models);
  const more = asked.filter(([question, times]) => times > (intents.get(question) ?? 0)).length;
  const requests = asked.reduce((sum, [, times]) => sum + times, 0);
  return [figure("model calls", `${answers} recorded, ${again} of them made again; ${requests} requests for ${[...intents.values()].reduce((sum, times) => sum + times, 0)} intents, ${more} asked more often than intended`, again === 0 && more === 0 && requests >= answers)];
}

function journals({ runs, shipped }: Facts): Figure[] {
  const emitted = new Set(runs.flatMap((run) => run.emitted));
  const completed = runs.filter(({ ending }) => ending === "completed").length;
  const gaps = runs.filter((run) => run.gaps).length;
  const twice = runs.filter((run) => run.twiceEnded).length;
  return [
    figure("messages out", `${emitted.size} recorded, ${shipped.length} published, ${new Set(shipped).size} after dedupe by id`, sameSet(emitted, new Set(shipped)) && emitted.size === completed),
    figure("journals", `${runs.length} runs, ${runs.reduce((sum, run) => sum + run.events, 0)} events, ${runs.filter(({ recovered }) => recovered).length} taken up by another process; ${gaps} with gaps, ${twice} with two ends of a path`, gaps === 0 && twice === 0),
    figure("runs that nobody will wake", String(runs.filter(({ ending }) => ending === "open").length), runs.every(({ ending }) => ending !== "open")),
  ];
}

const some = (names: readonly string[]): string => (names.length === 0 ? "" : `: ${[...new Set(names)].slice(0, 5).join("; ")}`);
const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size === b.size && a.isSubsetOf(b);

/** A dead letter keeps the message as it came. */
function idOf(letter: Json): string {
  const message: Json = JSON.parse(isJsonObject(letter) ? String(letter["raw"]) : "{}");
  return isJsonObject(message) ? String(message["id"]) : "";
}

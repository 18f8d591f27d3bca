import { redriveOf } from "../../../src/cli/dlq/redrive-of.js";
import type { MessageSource, RunEvent, Wait } from "../../../src/core/event.js";
import { isJsonObject, type Json } from "../../../src/core/json.js";
import type { Bus, Outgoing } from "../../../src/core/ports/bus.js";
import type { RequestOutcome } from "../../../src/core/ports/operator.js";
import type { DeadLetterRow, InboxRow, RunRequest, RunRow, Store } from "../../../src/core/ports/store.js";
import { checkRequest } from "../../../src/runtime/inbox/check-request.js";
import type { Runtime } from "../../../src/runtime/runtime.js";
import { OWN } from "../generate/tools.js";
import type { World } from "./fates.js";
import type { Ledger } from "./ledger.js";

/** Who answers, signals, cancels, and ends incidents: everything once, and again only while nobody said what became of it. */
export interface Person {
  /** Looks at what is open; whether there was something to say. */
  look(): Promise<boolean>;
  /** Who serves: nobody (null), one that begins, one that can be asked. What was asked and not answered is asked again. */
  serves(by: Runtime | "begins" | null): void;
  /** Requests under way, and those that will be made. */
  busy(): number;
  /** What was said to be taken: each is an event of its run, once. */
  readonly accepted: ReadonlyMap<string, InboxRow>;
  /** Paths of undos that were skipped, as `run path`. */
  readonly skipped: ReadonlySet<string>;
  /** Letters of the store that were sent again. */
  readonly redriven: ReadonlySet<string>;
  /** Everything that was ever asked, for a failing seed. */
  readonly asked: readonly InboxRow[];
}

interface Surroundings {
  readonly store: Store;
  readonly bus: Bus;
  readonly ledger: Ledger;
  readonly signals: readonly string[];
  readonly waits: readonly string[];
  readonly durable: (run: string) => readonly RunEvent[];
}

/** Of one message. */
const MOST_REDRIVES = 3;
/** Of a request to a run that has failed: it may be pruned by now, and then nobody answers. */
const MOST_TRIES = 5;

export function createPerson({ chance, steady, profile, schedule, count, isCalm }: World, { store, bus, ledger, signals, waits, durable }: Surroundings): Person {
  /** What is said, or not to be said. */
  const done = new Set<string>();
  const accepted = new Map<string, InboxRow>();
  const skipped = new Set<string>();
  const redriven = new Set<string>();
  const open = new Map<string, InboxRow>();
  const asked: InboxRow[] = [];
  /** Runs of which something was refused just now. */
  const resting = new Set<string>();
  /** Replies that came early: as `run key`. */
  const credits = new Set<string>();
  let replies = 0;
  /** Which of them were meant for which run: as `run key`. Another one that waits for the same key hears them too. */
  const repliesTo = new Map<string, number[]>();
  /** How many there were when a run began, or went on after it had failed. */
  const repliesBefore = new Map<string, number>();
  let planned = 0;
  let serving: Runtime | "begins" | null = null;
  let epoch = 0;
  /** By the process that serves. */
  let forking = 0;

  function ask(id: string, run: string, request: RunRequest): void {
    done.add(id);
    const row: InboxRow = { id, run, at: schedule.clock.now(), by: "person", request };
    asked.push(row);
    count(`person ${request.kind}`);
    open.set(id, row);
    void send(row);
  }

  async function send(row: InboxRow): Promise<void> {
    const mine = epoch;
    // Who begins has the file, and takes no requests yet.
    if (serving === "begins") return;
    try {
      const outcome = serving === null ? await putDown(row) : await serving.request(row);
      open.delete(row.id);
      if (outcome.is === "accepted") accepted.set(row.id, row);
      else rest(row.run);
    } catch {
      // It is away, or ends: asked again.
      if (mine === epoch) schedule.at(schedule.clock.now() + 500, () => void (open.has(row.id) && mine === epoch && send(row)));
    }
  }

  /** Who is told that a run has ended, and sees it open, looks again in a moment: its end is on its way to the store. */
  function rest(run: string): void {
    if (resting.has(run)) return;
    resting.add(run);
    later(500, () => resting.delete(run));
  }

  /** Nobody serves: a row of the inbox, for who comes next. */
  async function putDown(row: InboxRow): Promise<RequestOutcome> {
    const outcome = await checkRequest(store, row.run, row.request);
    // Whoever writes has the file meanwhile: who begins waits for it.
    if (serving !== null) throw new Error("another process has the file");
    if (outcome.is === "accepted") await store.putInbox(row);
    return outcome;
  }

  /** What somebody will say in a while. */
  function later(ms: number, say: () => unknown): void {
    planned += 1;
    schedule.at(schedule.clock.now() + ms, () => {
      planned -= 1;
      say();
    });
  }

  const number = (about: string): number => steady(about).below(9);
  /** The same each time, so that it is no matter which wait gets which. */
  const signal = (run: string, name: string): RunRequest => ({ kind: "signal", name, payload: { n: number(`${run} ${name}`) } });
  const now = (): boolean => isCalm() || chance.hit(0.3);

  function answer(row: RunRow, wait: Wait): boolean {
    const { run } = row;
    const { kind, path } = wait;
    const events = durable(run);
    const opened = events.findLast((event) => event.path === path && (event.type === "wait.opened" || event.type === "incident.opened"))?.seq ?? 0;
    const first = `${run} ${path} ${opened}`;
    if (done.has(first) && kind === "signal") return again(run, wait.signal ?? "", first, events);
    if (done.has(first) && kind === "message") return replyAgain(run, wait, events);
    const id = unrefused(first);
    if (done.has(id)) return false;
    if (!now()) return false;
    switch (kind) {
      case "ask":
        ask(id, run, { kind: "answer", path, payload: { n: number(`${run} ${path}`) } });
        return true;
      case "signal":
        ask(id, run, signal(run, wait.signal ?? ""));
        return true;
      case "message":
        done.add(id);
        if (!credits.delete(`${run} ${wait.key}`)) reply(run, wait.key ?? "");
        return true;
      case "incident":
        return resolve(id, run, path, events);
      // Those go on without anybody.
      default:
        return false;
    }
  }

  /** An answer that was refused, for the run had failed meanwhile, is given again once it goes on. */
  function unrefused(first: string): string {
    for (let times = 0; ; times += 1) {
      const id = times === 0 ? first : `${first} ${times}`;
      if (!done.has(id) || open.has(id) || accepted.has(id)) return id;
    }
  }

  /** What was sent for this wait went to another one of its name: one that lies there would be this one's. */
  function again(run: string, name: string, id: string, events: readonly RunEvent[]): boolean {
    // One that was refused, for the run had ended, lies nowhere; nor does one that was put down before, and looked at then.
    const late = new Set(events.flatMap((event) => (event.type === "signal.received" && event.data.name !== name ? [event.data.id] : [])));
    const sent = asked.filter(({ id, run: of, request }) => of === run && request.kind === "signal" && request.name === name && (open.has(id) || accepted.has(id)) && !late.has(id));
    if (!sent.every((row) => events.some((event) => event.type === "step.decided" && event.data.value === row.id))) return false;
    ask(`${id} ${sent.length}`, run, signal(run, name));
    return true;
  }

  /** So it is with replies: all that were sent are there, and other waits of this run have taken them. One that has a time limit ends by itself. */
  function replyAgain(run: string, { key = "", signal, until }: Wait, events: readonly RunEvent[]): boolean {
    if (until !== undefined) return false;
    const there = events.flatMap((event) => (event.type === "signal.received" && event.data.name === signal ? [event.data] : []));
    const taken = new Set(events.flatMap((event) => (event.type === "step.decided" && event.data.what === "signal" ? [event.data.value] : [])));
    const isOver = there.every(({ id, payload }) => taken.has(id) || (isJsonObject(payload) && payload["n"] === -1));
    // What was sent before the run began, or while it had failed, came to others of its message.
    const before = repliesSince(events);
    const sent = (repliesTo.get(`${run} ${key}`) ?? []).filter((nth) => nth > before);
    if (!isOver || there.length < sent.length) return false;
    reply(run, key);
    return true;
  }

  function repliesSince(events: readonly RunEvent[]): number {
    const begun = events.findLast(({ type }) => type === "run.admitted" || type === "run.reopened");
    const id = `${begun?.run} ${begun?.seq}`;
    const known = repliesBefore.get(id) ?? replies;
    repliesBefore.set(id, known);
    return known;
  }

  function reply(run: string, key: string): void {
    const body = (n: number): Outgoing => ({ topic: "reply", key, id: `reply ${(replies += 1)}`, headers: {}, body: JSON.stringify({ k: key, n }) });
    // One that `where` does not take comes first.
    const said = steady(key);
    const bodies = said.hit(0.2) ? [body(-1), body(said.below(9))] : [body(said.below(9))];
    const to = `${run} ${key}`;
    repliesTo.set(to, [...(repliesTo.get(to) ?? []), ...bodies.map((_, at) => replies - at)]);
    void bus.publish(bodies);
    count("replies");
  }

  /** By what the ledger says, once nothing is under way there. */
  function resolve(id: string, run: string, path: string, events: readonly RunEvent[]): boolean {
    if (ledger.busy(run, path) > 0) return false;
    const started = events.findLast((event) => event.type === "step.started" && event.path === path);
    const key = started?.type === "step.started" ? started.data.key : undefined;
    const effect = key === undefined ? undefined : ledger.effects.get(key);
    const failed = events.findLast((event) => event.type === "step.failed" && event.path === path);
    // What fails by what is in the flow fails again, also in the one that answers its requests.
    const service = key === undefined ? null : answeredBy(events, key);
    const tries = asked.filter((one) => one.run === run && one.request.kind === "resolve" && one.request.path === path).length;
    const fails = key === undefined || (failed?.type === "step.failed" && failed.data.error.code === OWN) || (service !== null && tries >= MOST_TRIES);
    const atUndo = path.includes("!undo");
    const request = (action: "retry" | "skip" | "resolve", output?: Json): void => ask(id, run, { kind: "resolve", path, action, ...(output === undefined ? {} : { output }) });
    if (path === "") request("retry");
    else if (effect !== undefined) request("resolve", effect.output);
    else if (fails || (atUndo && chance.hit(profile.people.skips))) {
      skipped.add(`${run} ${path}`);
      request("skip");
    } else {
      ledger.mend(key);
      if (service !== null) ask(`${id} answered`, service, { kind: "reopen" });
      request("retry");
    }
    return true;
  }

  /** What comes before anybody waits, a cancellation in the middle, a failed run that goes on. */
  function unasked({ run, status }: RunRow): void {
    const { people } = profile;
    repliesSince(durable(run));
    fork(run, durable(run));
    if (status === null) {
      for (const name of signals) {
        const id = `${run} early ${name}`;
        if (done.has(id) || isCalm()) continue;
        done.add(id);
        if (chance.hit(people.early)) later(chance.between(0, 30_000), () => ask(`${id}!`, run, signal(run, name)));
      }
    }
    if (status === null) for (const step of waits) early(run, step);
    if (status === null) stopUndoing(run);
    const id = `${run} ${status === null ? "cancel" : "reopen"}`;
    if (done.has(id) || isCalm()) return;
    done.add(id);
    if (status === null && chance.hit(people.cancels)) later(chance.between(0, chance.pick([5_000, 120_000])), () => ask(`${id}!`, run, { kind: "cancel" }));
    if (status === "failed" && chance.hit(people.redrives)) later(chance.between(0, 30_000), () => redriveRun(run));
    // What it has undone is done again. Drawn apart: the others stay as they were.
    if (status === "compensated" && steady(`${run} sent again`).hit(people.redrives)) later(steady(`${run} when`).between(0, 30_000), () => redriveRun(run));
    if (status === "failed" && chance.hit(people.reopens)) later(chance.between(0, 30_000), () => ask(`${id}!`, run, { kind: "reopen" }));
  }

  /** Once, and not one that was made so: nobody is told what became of one whose process ends meanwhile. */
  function fork(run: string, events: readonly RunEvent[]): void {
    const [admitted] = events;
    const mine = steady(`${run} fork`);
    if (done.has(`${run} fork`) || admitted?.type !== "run.admitted" || admitted.data.fork !== undefined || isCalm()) return;
    done.add(`${run} fork`);
    if (!mine.hit(profile.forks)) return;
    later(mine.between(0, 20_000), () => {
      if (serving === null || serving === "begins") return;
      count("forks");
      const at = mine.hit(0.4) ? null : { seq: mine.between(1, Math.max(durable(run).length, 1)) };
      const begun = epoch;
      forking += 1;
      const over = (): void => void (begun === epoch && (forking -= 1));
      serving.fork(run, { at, plan: at === null && mine.hit(0.5) ? "new" : "pinned" }).then(over, over);
    });
  }

  /** `runs retry --new`: the message of a failed run makes another one. */
  function redriveRun(run: string): void {
    const [admitted] = durable(run);
    if (admitted?.type !== "run.admitted") return;
    const { source, input, message = input, redrive, flow } = admitted.data;
    if (source !== null) sendAgain(source, JSON.stringify(message), redrive?.count ?? 0, flow, run);
  }

  /** Who sees it come back again and again lets it lie: what can never succeed would go round as long as there is time. */
  function sendAgain(source: MessageSource, raw: string, redrives: number, flow: string, run: string | null): void {
    if (redrives >= MOST_REDRIVES) return;
    count("redrives");
    void bus.publish([redriveOf({ raw, source, redrives, flow, run })]);
  }

  /** `dlq redrive`: once, and the letter is gone. */
  function redriveLetter({ id, flow, letter }: DeadLetterRow): void {
    const { raw, source, redrives } = letter;
    if (done.has(`redrive ${id}`) || isCalm()) return;
    done.add(`redrive ${id}`);
    if (!chance.hit(profile.people.redrives) || Number(redrives) >= MOST_REDRIVES || typeof raw !== "string" || !isJsonObject(source)) return;
    const { topic, partition, offset, key, timestamp } = source;
    redriven.add(id);
    sendAgain({ topic: String(topic), partition: Number(partition), offset: String(offset), key: typeof key === "string" ? key : null, id: String(source["id"]), timestamp: Number(timestamp) }, raw, Number(redrives), flow, typeof letter["run"] === "string" ? letter["run"] : null);
    void store.deleteDeadLetters([id]);
  }

  /** I31: somebody cancels while something is being undone. */
  function stopUndoing(run: string): void {
    const undoing = durable(run).findLast(({ type }) => type === "compensation.started" || type === "compensation.completed");
    const id = `${run} cancel ${undoing?.path}`;
    if (undoing?.type !== "compensation.started" || done.has(id) || isCalm()) return;
    done.add(id);
    if (chance.hit(profile.people.cancels)) ask(`${id}!`, run, { kind: "cancel" });
  }

  /** I14: it is the run's from its admission on, whenever the step is reached. */
  function early(run: string, step: string): void {
    const id = `${run} early ${step}`;
    if (done.has(id) || isCalm()) return;
    done.add(id);
    const [admitted] = durable(run);
    const input = admitted?.type === "run.admitted" ? admitted.data.input : null;
    const m = isJsonObject(input) ? input["m"] : undefined;
    if (typeof m !== "string" || !chance.hit(profile.people.early)) return;
    const key = `${step}-${m}`;
    credits.add(`${run} ${key}`);
    reply(run, key);
  }

  return {
    accepted,
    skipped,
    redriven,
    asked,
    busy: () => open.size + planned + forking,
    serves(next) {
      epoch += 1;
      forking = 0;
      serving = next;
      for (const row of open.values()) void send(row);
    },
    async look() {
      let said = false;
      for (const letter of await store.deadLetters({ limit: 10_000 })) redriveLetter(letter);
      for (const row of await store.runs({ limit: 10_000 })) {
        unasked(row);
        if (row.status === null && !resting.has(row.run)) for (const wait of row.waits) said = answer(row, wait) || said;
      }
      return said;
    },
  };
}

/** The run whose answer to a request says no: it stays so until that run goes on. */
function answeredBy(events: readonly RunEvent[], key: string): string | null {
  const answer = events.findLast((event) => event.type === "signal.received" && event.data.name === `reply to ${key}`);
  return answer?.type === "signal.received" ? (/^reply to given\/([a-z2-7]{26})\//.exec(answer.data.id)?.[1] ?? null) : null;
}

import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { columnsOf } from "../../src/tui/text/fit.js";
import type { RunEvent, Wait } from "../../src/core/event.js";
import { realClock } from "../../src/tui/clock.js";
import { createController } from "../../src/tui/controller.js";
import { pressesOf } from "../../src/tui/press.js";
import { startTui, type Tui } from "../../src/tui/start.js";
import { createTuiStore } from "../../src/tui/store.js";
import { event, randomEvents } from "../core/fold/random-events.js";
import { arraySource, type ArraySource } from "../support/array-source.js";
import { recordedRuns } from "../support/recorded-runs.js";
import { createScreen, type Screen } from "../support/screen.js";

const RECORDED = recordedRuns();
const NOW = Math.max(...RECORDED.map(({ at }) => at)) + 5000;
const runOf = (flow: string): string => RECORDED.find((one) => one.type === "run.admitted" && one.data.flow === flow)?.run ?? "";

/** The UI on a screen that is an object, at a fixed time. */
function open(source: ArraySource, more: { readonly run?: string; readonly columns?: number; readonly rows?: number; readonly color?: boolean } = {}): { readonly screen: Screen; readonly ui: Tui } {
  const screen = createScreen(more.columns ?? 110, more.rows ?? 30);
  const ui = startTui(source, { run: more.run ?? null, color: more.color ?? false, clock: { ...realClock, now: () => NOW }, stdin: screen.stdin, stdout: screen.stdout });
  onTestFinished(() => ui.close());
  return { screen, ui };
}

test("the list: newest first, what waits and for what, cost and age; filtered by words and by state", async () => {
  const { screen, ui } = open(arraySource(RECORDED));
  const first = await screen.shows(/\$0\.000\d+ /);
  expect(first).toMatch(/◆ 2 parked.*✓ 5 ended/);
  expect(first).toMatch(/✓ completed +research-loop/);
  expect(first).toContain('decision: Publish "New');
  screen.press("/discount");
  await screen.shows((text) => !text.includes("research-loop") && text.includes("/> discount"));
  screen.press("\u001b");
  await screen.shows("research-loop");
  screen.press("ss");
  const parked = await screen.shows((text) => text.includes("only parked") && !text.includes("research-loop"));
  expect(parked.match(/◆ parked/g)).toHaveLength(2);
  screen.press("q");
  expect(await ui.done).toBe("quit");
});

test("what each waiting run waits for, and how long, in the list and in the run", async () => {
  const waits: readonly Wait[] = [
    { kind: "timer", path: "later", until: NOW + 3 * 3_600_000 },
    { kind: "signal", path: "go", signal: "paid" },
    { kind: "message", path: "reply", topic: "replies", key: "o1", signal: "message reply=o1", until: NOW + 60_000 },
    { kind: "ask", path: "ok", question: "Ship it?", to: "approvals" },
    { kind: "lock", path: "pay!lock", lock: "acc/1", holder: "r3" },
  ];
  const events = waits.flatMap((wait, nth): readonly RunEvent[] => {
    const run = `r${nth}`;
    return [
      { ...event({ type: "run.admitted", data: { flow: `f${nth}`, hash: "h", input: {}, source: null }, seq: 0, at: NOW }), run },
      { ...event({ type: "wait.opened", data: wait, seq: 1, at: NOW, path: wait.path }), run },
      { ...event({ type: "run.parked", data: { waits: [wait] }, seq: 2, at: NOW }), run },
    ];
  });
  const { screen } = open(arraySource(events));
  const list = await screen.shows("◆ 5 parked");
  for (const said of ["later: 3h 00m", "go: signal paid", "reply: replies o1", "ok: Ship it?", "pay: lock acc/1"]) expect(list).toContain(said);
  for (const [run, said] of [["r0", /waits for time, 3h 00m\s+left/], ["r1", "waits for the signal paid"], ["r2", /waits for a message of replies, key o1,\s+1m 00s\s+left/], ["r3", "asks Ship it? (sent to approvals)"], ["r4", /waits for the lock acc\/1, behind run\s+r3/]] as const) {
    await open(arraySource(events), { run, columns: 160 }).screen.shows(said);
  }
});

test("a run: its tree, the chosen step beside it, and back through time", async () => {
  const { screen } = open(arraySource(RECORDED), { run: runOf("research-loop") });
  expect(await screen.shows(/#3 +pass/)).toMatch(/✓ completed {2}research-loop/);
  screen.press("jjjj");
  expect(await screen.shows("work#0/did~1")).toContain("Few operators, modest load");
  screen.press("0");
  await screen.shows("1/47 +0 ms run.admitted");
  screen.press("]]]]]");
  const then = await screen.shows("6/47");
  expect(then).toContain("● running  research-loop");
  expect(then).not.toContain("#1");
  screen.press("$");
  await screen.shows(/✓ completed {2}research-loop/);
  screen.press("kkkk ");
  await screen.shows((text) => text.includes("research-loop +1") && !text.includes("#3"));
});

test("a run that goes on is drawn as it goes: tokens, retries, tools, messages", async () => {
  const admitted = event({ type: "run.admitted", data: { flow: "orders", hash: "h", input: { id: 1 }, source: null }, seq: 0, at: NOW });
  const source = arraySource([admitted]);
  const { screen } = open(source, { run: "r" });
  await screen.shows("● running  orders");
  source.send(
    event({ type: "step.started", data: { kind: "agent", effect: "model", attempt: 1, inHash: "", input: "an order" }, seq: 1, at: NOW, path: "judge" }),
    event({ type: "model.started", data: { attempt: 1, model: "large", reqHash: "", reserve: { tokens: 1, usd: 0 } }, seq: 2, at: NOW, path: "judge~1" }),
    { token: { run: "r", path: "judge~1", attempt: 1, text: "It looks " } },
    { token: { run: "r", path: "judge~1", attempt: 1, text: "fine" } },
  );
  expect(await screen.shows("It looks fine")).toContain("STREAMING 2 pieces");
  source.send(
    event({ type: "model.completed", data: { answer: { text: "It looks fine.", toolCalls: [] }, usage: { in: 900, out: 134 }, usd: 0.5, finish: "stop" }, seq: 3, at: NOW, path: "judge~1" }),
    event({ type: "step.completed", data: { attempt: 1, ms: 3, output: "ok" }, seq: 4, at: NOW, path: "judge" }),
    event({ type: "step.started", data: { kind: "tool", effect: "write", attempt: 1, inHash: "", input: { amount: 90 }, key: "k1" }, seq: 5, at: NOW, path: "charge" }),
    event({ type: "step.failed", data: { attempt: 1, error: { code: "unavailable", message: "503" }, outcome: "unknown", retryAt: NOW + 2000 }, seq: 6, at: NOW, path: "charge" }),
  );
  const retrying = await screen.shows("↻ charge");
  expect(retrying).toContain("1,034 tokens · $0.5000");
  expect(retrying).toContain("unavailable: 503, next after 2.0 s");
  expect(retrying).toContain('"amount": 90');
  // What was lost between watching and reading is read again.
  const missed = event({ type: "step.started", data: { kind: "tool", effect: "write", attempt: 2, inHash: "" }, seq: 7, at: NOW, path: "charge" });
  const done = event({ type: "message.emitted", data: { index: 0, topic: "paid", key: "7", id: "m", payload: { ok: true } }, seq: 8, at: NOW, path: "emit1" });
  source.store(missed);
  source.send(done);
  await screen.shows("1 out");
});

test("approve, reject, answer, cancel and incidents ask what they mean to ask, and say what became of it", async () => {
  const source = arraySource(RECORDED);
  const { screen } = open(source, { run: runOf("approval") });
  const run = runOf("approval");
  await screen.shows("a approve · r reject · e answer");
  screen.press("a");
  expect(await screen.shows('{"approved":true}')).toContain("Publish");
  screen.press("\r");
  await screen.shows("answered");
  screen.press("r");
  await screen.shows('{"approved":false}');
  screen.press("\u007f,\"note\":\"too long\"}\r");
  await screen.shows((text) => !text.includes("too long") && text.includes("answered"));
  screen.press("e");
  await screen.shows("not now");
  screen.press("{nope\r");
  await screen.shows(/JSON/);
  screen.press("\u001b");
  await screen.shows((text) => !text.includes("not now"));
  screen.press("c");
  await screen.shows("Cancel the run");
  screen.press("y");
  await screen.shows("its end is asked for");
  expect(source.requests).toEqual([
    { run, request: { kind: "answer", path: "decision", payload: { approved: true } } },
    { run, request: { kind: "answer", path: "decision", payload: { approved: false, note: "too long" } } },
    { run, request: { kind: "cancel", reason: "cancelled by an operator" } },
  ]);
});

test("the end of what is typed stays in sight, also of characters that take two columns", async () => {
  const { screen } = open(arraySource(RECORDED), { columns: 60 });
  await screen.shows(/parked/);
  screen.press(`/${"漢字".repeat(20)}zuletzt`);
  await screen.shows(/…[漢字]+zuletzt/);
});

test("a refusal stays in the dialog, with what was typed", async () => {
  const { screen } = open(arraySource(RECORDED, { outcome: { is: "refused", why: "invalid", message: "`approved` must be a boolean" } }), { run: runOf("approval") });
  await screen.shows("asks");
  screen.press("a");
  await screen.shows('{"approved":true}');
  screen.press("\r");
  expect(await screen.shows("must be a boolean")).toContain('{"approved":true}');
});

test("a failed run goes on, one that has not failed does not", async () => {
  const error = { code: "timeout", message: "too late" };
  const source = arraySource([
    event({ type: "run.admitted", data: { flow: "pay", hash: "h", input: null, source: null }, seq: 0, at: NOW }),
    event({ type: "run.finished", data: { status: "failed", error, usage: { in: 0, out: 0 }, usd: 0 }, seq: 1, at: NOW }),
  ]);
  const { screen } = open(source);
  await screen.shows("✗ failed");
  screen.press("R");
  await screen.shows("from the step that failed");
  screen.press("y");
  await screen.shows("it runs again");
  expect(source.requests).toEqual([{ run: "r", request: { kind: "reopen" } }]);
  source.send(event({ type: "run.reopened", data: { path: "charge", by: "eva" }, seq: 2, at: NOW }));
  await screen.shows("● running");
  screen.press("R");
  await screen.shows("has not failed");
});

test("an incident is retried, skipped, or given its output", async () => {
  const events = [
    event({ type: "run.admitted", data: { flow: "pay", hash: "h", input: null, source: null }, seq: 0, at: NOW }),
    event({ type: "incident.opened", data: { kind: "unknown", message: "nobody knows whether it was charged" }, seq: 1, at: NOW, path: "charge" }),
    event({ type: "run.parked", data: { waits: [{ kind: "incident", path: "charge", question: "nobody knows" }] }, seq: 2, at: NOW }),
  ];
  const source = arraySource(events);
  const { screen } = open(source, { run: "r" });
  await screen.shows("! charge");
  screen.press("i");
  await screen.shows("give its output");
  screen.press("o");
  await screen.shows("resolve");
  screen.press('{"id":"ch_1"}\r');
  await screen.shows("the incident is ended");
  screen.press("i");
  await screen.shows("give its output");
  screen.press("t");
  await screen.shows((text) => !text.includes("give its output"));
  expect(source.requests.map(({ request }) => request)).toEqual([
    { kind: "resolve", path: "charge", action: "resolve", output: { id: "ch_1" } },
    { kind: "resolve", path: "charge", action: "retry" },
  ]);
});

test("others' text cannot draw on the terminal, and wide characters keep their columns", async () => {
  const nasty = "\u001b[2J\u001b]0;owned\u0007\u202eevil\r\n漢字🎉";
  const events = [
    event({ type: "run.admitted", data: { flow: nasty, hash: "h", input: { [nasty]: nasty }, source: null }, seq: 0, at: NOW }),
    event({ type: "step.failed", data: { attempt: 1, error: { code: nasty, message: nasty }, outcome: "not_applied" }, seq: 1, at: NOW, path: nasty }),
  ];
  const { screen } = open(arraySource(events));
  await screen.shows("evil");
  screen.press("\r");
  await screen.shows("漢字🎉");
  for (const bad of ["\u001b[2J", "\u001b]0;", "\u0007", "\u202e"]) expect(screen.written()).not.toContain(bad);
});

test("a terminal that does not join emoji keeps its screen", async () => {
  const text = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} family ".repeat(9);
  const wait: Wait = { kind: "ask", path: "ok", question: text };
  const { screen } = open(arraySource([
    event({ type: "run.admitted", data: { flow: "f", hash: "h", input: { text }, source: null }, seq: 0, at: NOW }),
    event({ type: "wait.opened", data: wait, seq: 1, at: NOW, path: "ok" }),
    event({ type: "run.parked", data: { waits: [wait] }, seq: 2, at: NOW }),
  ]));
  await screen.shows("ok: ");
  screen.press("\r");
  await screen.shows("asks ");
  expect([screen.lines()[0], screen.lines().at(-1)]).toEqual([expect.stringContaining(" flowctl "), expect.stringContaining("q back")]);
});

test("without colours no colour is written, and shapes still tell states apart", async () => {
  const { screen } = open(arraySource(RECORDED), { run: runOf("approval"), color: false });
  expect(await screen.shows("◆ decision")).toContain("✓ draft");
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
  expect(screen.written()).not.toMatch(/\u001b\[(3\d|4\d|9\d)[;m]/);
});

test("what fails behind the source is said, and the screen stays", async () => {
  const source: ArraySource = { ...arraySource(RECORDED), read: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("the socket is gone")) }) }) };
  const { screen, ui } = open(source);
  await screen.shows("the socket is gone");
  screen.press("q");
  expect(await ui.done).toBe("quit");
});

const KEYS = ["j", "k", "\r", "q", "/", "x", "s", "a", "r", "e", "i", "c", "R", "y", "?", "[", "]", "{", "0", "$", "f", " ", "J", "K", "G", "g"];
const NAMED = ["upArrow", "downArrow", "tab", "escape", "pageDown", "home", "backspace"] as const;

test("every screen is as many lines of as many columns as there are, whatever happens and whatever is pressed", async () => {
  await fc.assert(
    fc.asyncProperty(randomEvents(25), fc.integer({ min: 1, max: 140 }), fc.integer({ min: 1, max: 50 }), fc.array(fc.oneof(fc.constantFrom(...KEYS), fc.constantFrom(...NAMED)), { maxLength: 25 }), async (events, columns, rows, keys) => {
      const waiting: (() => void)[] = [];
      const store = createTuiStore(arraySource(events), {
        now: () => NOW,
        after(_ms, what) {
          waiting.push(what);
          return () => undefined;
        },
      });
      const controller = createController(store, null, { columns, rows }, () => undefined);
      const check = (): void => {
        const { lines } = controller.frame();
        expect(lines.length).toBe(rows);
        for (const line of lines) expect(columnsOf(line.map(({ text }) => text).join(""))).toBe(columns);
      };
      check();
      for (const key of keys) {
        await new Promise(setImmediate);
        for (const what of waiting.splice(0)) what();
        controller.keys(isNamed(key) ? pressesOf("", { ...NO_KEY, [key]: true }, controller.typing()) : pressesOf(key, NO_KEY, controller.typing()));
        check();
      }
      store.close();
    }),
    { numRuns: 60 },
  );
});

const isNamed = (key: string): key is (typeof NAMED)[number] => NAMED.some((name) => name === key);
const NO_KEY = {
  upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false, home: false, end: false, return: false, escape: false,
  ctrl: false, shift: false, tab: false, backspace: false, delete: false, meta: false, super: false, hyper: false, capsLock: false, numLock: false,
};

test("10,000 events at once are a few frames, and a list of 2,000 runs is drawn by its window", async () => {
  const many: RunEvent[] = Array.from({ length: 2000 }, (_, index) => [
    event({ type: "run.admitted", data: { flow: "f", hash: "h", input: null, source: null }, seq: 0, at: NOW - index, run: `run${index}` }),
    ...Array.from({ length: 4 }, (_, seq) => event({ type: "run.started", data: { now: 1 }, seq: seq + 1, at: NOW, run: `run${index}` })),
  ]).flat();
  const source = arraySource([]);
  const { screen } = open(source);
  await screen.shows("no runs yet");
  const before = screen.written().length;
  source.send(...many);
  await screen.shows("2,000 running");
  screen.press("G");
  await screen.shows("run1999");
  expect(screen.written().length - before).toBeLessThan(30_000);
});

import { describe, expect, it } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import { turns } from "../../support/virtual-clock.js";
import { agentFlow, calls, ofType, run, says, start } from "./agent-world.js";

const TOOLS = `tools: { look: { http: { method: GET, url: "https://shop.example/look" }, input: { fields: { id: string } }, output: { fields: { n: integer } } } }`;
const FLOW = agentFlow("tools: [look]\noutput: { fields: { n: integer } }", TOOLS);
const whole = () => ({
  models: { m: says({ ...calls(["look", { id: "x" }]), usage: { in: 100, out: 10 } }, { text: "hm", usage: { in: 200, out: 20 } }, { text: '{"n":3}', usage: { in: 300, out: 30 } }) },
  tools: { look: () => ({ n: 3 }) },
  price: { in: 1000, out: 1000 },
});

describe("replay", () => {
  it("of every prefix of the journal gives the same output, and calls no model again whose answer is recorded", async () => {
    const first = await run(FLOW, whole());
    expect(first.state.output).toEqual({ answer: { n: 3 } });
    const all = first.journal.events;
    for (let cut = 0; cut <= all.length; cut += 1) {
      const past = all.slice(0, cut);
      const answered = ofType(past, "model.completed").length;
      const looked = past.some(({ type, path }) => type === "step.completed" && path === "a~1.0");
      const left = [calls(["look", { id: "x" }]), { text: "hm" }, { text: '{"n":3}' }].slice(answered);
      let looks = 0;
      const again = await run(FLOW, { ...whole(), models: { m: says(...left) }, tools: { look: () => { looks += 1; return { n: 3 }; } }, past });
      expect(again.state.output).toEqual({ answer: { n: 3 } });
      const ended = past.some(({ type, path }) => type === "step.completed" && path === "a");
      expect(again.asked.map(({ path }) => path)).toEqual(ended ? [] : ["a~1", "a~2", "a~3"].slice(answered));
      expect(looks).toBe(looked ? 0 : 1);
    }
  });

  it("spends what is recorded once", async () => {
    const first = await run(FLOW, whole());
    expect(first.totals()).toEqual({ usage: { in: 600, out: 60 }, usd: 0.66 });
    const again = await run(FLOW, { ...whole(), past: first.journal.events.slice(0, 5) });
    expect(again.totals().usage.in).toBeGreaterThanOrEqual(100);
    const over = await run(FLOW, { ...whole(), past: first.journal.events });
    expect(over.totals()).toEqual(first.totals());
  });

  it("I28: of a run that is cancelled goes through all recorded turns, to the write whose outcome nobody knows", async () => {
    const text = agentFlow("tools: [put]\noutput: { fields: { n: integer } }", `tools: { put: { http: { method: PUT, url: "https://shop.example/put" }, input: { fields: { id: string } }, output: { fields: { n: integer } }, effect: write, idempotency: header } }`);
    const models = () => ({ m: says(calls(["put", { id: "x" }]), calls(["put", { id: "y" }]), { text: '{"n":3}' }) });
    const first = await run(text, { models: models(), tools: { put: () => ({ n: 3 }) } });
    const past = first.journal.events.slice(0, first.journal.events.findIndex(({ type, path }) => type === "step.started" && path === "a~2.0") + 1);
    const sent: string[] = [];
    const again = start(text, { models: models(), tools: { put: (_, { path }) => { sent.push(path); return { n: 3 }; } }, past });
    again.cancel();
    expect((await again.done).status).toBe("cancelled");
    expect(sent).toEqual(["a~2.0"]);
    expect(again.asked).toEqual([]);
  });

  it("I9: of a run that is cancelled sends no write whose end is recorded: it was cut off before it was sent, beside another one that was under way", async () => {
    const text = agentFlow("tools: [put]\noutput: { fields: { n: integer } }", `tools: { put: { http: { method: PUT, url: "https://shop.example/put" }, input: { fields: { id: string } }, output: { fields: { n: integer } }, effect: write, idempotency: header } }`);
    const models = () => ({ m: says(calls(["put", { id: "x" }], ["put", { id: "y" }]), { text: '{"n":3}' }) });
    const first = await run(text, { models: models(), tools: { put: () => ({ n: 3 }) } });
    const begun = first.journal.events.slice(0, first.journal.events.findIndex(({ type, path }) => type === "step.started" && path === "a~1.1") + 1);
    const last = begun.at(-1);
    if (last === undefined) throw new Error("no write was begun");
    const past: RunEvent[] = [...begun, { type: "step.cancelled", run: last.run, seq: last.seq + 1, at: last.at, path: "a~1.1", data: { reason: "operator", outcome: "not_applied" } }];
    const sent: string[] = [];
    const again = start(text, { models: models(), tools: { put: (_, { path }) => { sent.push(path); return { n: 3 }; } }, past });
    again.cancel();
    expect((await again.done).status).toBe("cancelled");
    expect(sent).toEqual(["a~1.0"]);
    expect(again.journal.events.filter(({ path, type }) => path === "a~1.1" && type !== "step.started").map(({ type }) => type)).toEqual(["step.cancelled"]);
  });

  it("records a sum that does not tell in which order it was made", async () => {
    const models = { m: says({ ...calls(["look", { id: "x" }]), usage: { in: 100, out: 0 } }, { text: '{"n":3}', usage: { in: 200, out: 0 } }) };
    expect((await run(FLOW, { ...whole(), models })).totals().usd).toBe(0.3);
  });

  it("I34: a lost call is settled at its reservation and asked again", async () => {
    const first = await run(FLOW, whole());
    const past = first.journal.events.slice(0, 2);
    const [lost] = ofType(past, "model.started");
    const again = await run(FLOW, { ...whole(), past });
    expect(again.state.status).toBe("completed");
    const [failed] = ofType(again.journal.events, "model.failed");
    expect(failed).toMatchObject({ path: "a~1", data: { unknown: true, usd: lost?.data.reserve.usd, usage: { out: 4096 } } });
    expect(ofType(again.journal.events, "model.started").map(({ path, data }) => `${path} ${data.attempt}`)).toEqual(["a~1 1", "a~1 2", "a~2 1", "a~3 1"]);
    expect(again.totals().usd).toBeCloseTo(0.66 + (lost?.data.reserve.usd ?? 0));
  });

  it("goes on with the retry that was due, and with the model that is left", async () => {
    const two = agentFlow("model: [m, n]");
    const away = new StepError("unavailable", "away");
    const first = start(two, { models: { m: says(away), n: says("hello") } });
    await first.clock.advance(10_000);
    expect((await first.done).output).toEqual({ answer: "hello" });
    const failed = first.journal.events.findIndex(({ type, data }) => type === "model.failed" && !("retryAt" in data));
    const past = first.journal.events.slice(0, failed + 1);
    const again = await run(two, { models: { m: says(away), n: says("hello") }, past });
    expect(again.asked.map(({ path }) => path)).toEqual(["a~2"]);
    const waiting = start(two, { models: { m: says("back"), n: says("hello") }, past: past.slice(0, 3) });
    const [retry] = ofType(past, "model.failed");
    await waiting.clock.advance((retry?.data.retryAt ?? 0) - waiting.clock.now());
    expect((await waiting.done).output).toEqual({ answer: "back" });
    expect(waiting.asked).toHaveLength(1);
  });

  it("I7: another request under a recorded answer is an incident, and never sent", async () => {
    const first = await run(FLOW, whole());
    const past = first.journal.events.slice(0, 3);
    const { journal, asked, quiescent } = start(FLOW, { ...whole(), input: { q: "something else?" }, past });
    await turns();
    expect(ofType(journal.events, "incident.opened")).toMatchObject([{ path: "a~1", data: { kind: "nondeterminism" } }]);
    expect(quiescent()).toBe(1);
    expect(asked).toHaveLength(0);
  });
});

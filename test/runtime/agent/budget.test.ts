import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/event.js";
import { ofType, run, says } from "./agent-world.js";

const BUDGET = (cap: string, mode = "enforce"): string => `
flowctl: v1
flow: f
input: { fields: { q: string } }
budget: { ${cap}, mode: ${mode} }
models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 1000, price: { in: 0, out: 1 } } }
agents: { a: { model: m, instructions: Say it. } }
on: { manual: {} }
steps:
  - id: all
    map: { over: "[1, 2, 3, 4]", join: settled }
    do: [ { id: one, agent: a, with: "\${input}" } ]
value: { ok: "\${size(steps.all.ok)}", failed: "\${steps.all.failed.map(e, e.code)}" }
`;

describe("I36: the run's budget", () => {
  const models = () => ({ m: says({ text: "ok", usage: { in: 50, out: 100 } }) });
  const price = { in: 0, out: 1_000_000 };

  it("holds over branches that call at once: what is reserved counts", async () => {
    const { state, journal } = await run(BUDGET("usd: 2500"), { models: models(), price });
    expect(state.output).toEqual({ ok: 2, failed: ["budget", "budget"] });
    expect(ofType(journal.events, "step.decided").filter(({ data }) => data.what === "budget").map(({ path }) => path)).toEqual(["all[2]/one~1", "all[3]/one~1"]);
  });

  it("counts tokens too, settles by usage, and audit refuses nothing", async () => {
    const tokens = await run(BUDGET("tokens: 2300"), { models: models(), price });
    expect(tokens.state.output).toMatchObject({ ok: 2 });
    expect(tokens.totals()).toEqual({ usage: { in: 100, out: 200 }, usd: 200 });
    const audit = await run(BUDGET("usd: 1", "audit"), { models: models(), price });
    expect(audit.state.output).toEqual({ ok: 4, failed: [] });
    expect(ofType(audit.journal.events, "step.decided").map(({ data }) => data.what)).toContain("budget_audit");
  });

  it("I8: a recorded refusal stays one", async () => {
    const first = await run(BUDGET("usd: 2500"), { models: models(), price });
    const past: readonly RunEvent[] = first.journal.events.filter(({ type, path }) => type === "step.decided" || (type.startsWith("model.") && path === "all[0]/one~1"));
    const again = await run(BUDGET("usd: 2500"), { models: models(), price, past });
    expect(again.state.output).toEqual({ ok: 2, failed: ["budget", "budget"] });
    expect(again.asked.map(({ path }) => path)).toEqual(["all[1]/one~1"]);
  });
});

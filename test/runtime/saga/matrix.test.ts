import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { failureMatrices } from "../../../src/core/plan/failure-matrix.js";
import { loadFlows } from "../../support/runtime.js";
import { ended, ofType, start } from "../run/run-world.js";
import { done, saga, sagaFlow, undoOrder } from "./saga-world.js";

const TEXT = sagaFlow(saga(`
- ${done("a", 1)}
- { id: look, tool: r, with: { n: 1 } }
- { id: told, emit: out, with: { n: 1 } }
- { id: many, map: { over: "[1, 2]", rest: finish, concurrency: 1 }, do: [ ${done("m", "${item}")} ] }
- { id: inner, saga: {}, do: [ ${done("b", 2)}, { id: p, tool: k, with: { n: 5 }, pivot: true }, { id: t, tool: k, with: { n: 6 } } ] }
- { id: last, tool: k, with: { n: 7 } }`), "topics: { out: {} }");

const plan = loadFlows(TEXT)[0]?.plan;
const rows = plan === undefined ? [] : (failureMatrices(plan)[0]?.rows ?? []);

describe("the failure matrix of a saga says what happens", () => {
  test("names each step that can fail", () => {
    expect(rows.map(({ step, place }) => `${step} ${place}`)).toEqual(["s/a before", "s/look before", "s/told before", "s/many[*]/m before", "s/inner/b before", "s/inner/p pivot", "s/inner/t behind", "s/last behind"]);
    expect(rows.at(-1)).toMatchObject({ undone: [], stays: ["s/a", "s/told", "s/many[*]/m", "s/inner/b", "s/inner/p", "s/inner/t"], operator: "gives up" });
  });

  for (const row of rows.filter(({ step }) => step !== "s/told")) {
    test(`when ${row.step} fails`, async () => {
      const path = row.step.replace("[*]", "[1]");
      const fails = (call: { readonly run: { readonly path: string }; readonly input: unknown }) => {
        if (call.run.path === path) throw new StepError("nope", "no");
        return JSON.parse(JSON.stringify(call.input));
      };
      const running = start(TEXT, { tools: { k: fails, r: fails } });
      if (row.place === "behind") {
        await running.clock.advance(1);
        expect(ofType(running.events, "incident.opened")).toMatchObject([{ path }]);
        expect(undoOrder(running.events)).toEqual([]);
        return;
      }
      expect((await ended(running)).status).toBe("compensated");
      const undone = undoOrder(running.events).map((one) => one.replace(/\[\d+\]/, "[*]"));
      expect([...new Set(undone)]).toEqual(row.undone);
      expect(running.events.some(({ type }) => type === "message.emitted")).toBe(row.stays.includes("s/told"));
    });
  }
});

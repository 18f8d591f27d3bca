import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { world, type ToolFake } from "../../support/runtime.js";

const text = readFileSync(join(import.meta.dirname, "paths.yaml"), "utf8");

/** Answers what it got; fails for the one step that has a `catch`. */
const look: ToolFake = (input) => {
  if (typeof input === "object" && input !== null && "id" in input && input.id === "fails") throw new StepError("unavailable", "away");
  return input;
};

async function pathsOf(layout: "fused" | "expanded"): Promise<string> {
  const { runtime, events } = world(text, { look }, { layout });
  await runtime.start();
  const outcomes = [await runtime.manual("paths", { id: "a", n: 2, ids: ["p", "q"] }), await runtime.manual("paths", { id: "b", n: 1, ids: [] })];
  await runtime.close();
  expect(outcomes.map(({ status }) => status)).toEqual(["completed", "completed"]);
  const paths = events.flatMap((event) => [...(event.path === undefined ? [] : [event.path]), ...(event.type === "steps.computed" ? event.data.items.map(({ path }) => path) : [])]);
  return `${[...new Set(paths)].sort().join("\n")}\n`;
}

it("I6: the optimiser does not change paths", async () => {
  const fused = await pathsOf("fused");
  expect(await pathsOf("expanded")).toBe(fused);
  await expect(fused).toMatchFileSnapshot(join(import.meta.dirname, "paths.out"));
});

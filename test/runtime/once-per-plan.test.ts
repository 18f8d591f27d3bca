import { expect, it } from "vitest";
import { oncePerPlan } from "../../src/runtime/once-per-plan.js";
import { compile } from "../../src/compiler/compile.js";
import { OUTSIDE } from "../../src/cli/wire/outside.js";

const TEXT = "flowctl: v1\nflow: one\ninput: { fields: { n: integer } }\nsteps:\n  - set: 1\n";

it("connects each name once, and again after it could not be connected", async () => {
  const { flows, diagnostics } = compile({ entries: [{ path: "flow.yaml", text: TEXT }], read: () => null, outside: OUTSIDE });
  const plan = flows[0]?.plan ?? null;
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const asked: string[] = [];
  const open = oncePerPlan(async (_plan, name) => {
    asked.push(name);
    if (asked.length === 1) throw new Error("away");
    return name;
  });
  await expect(open(plan, "a")).rejects.toThrow("away");
  expect(await open(plan, "a")).toBe("a");
  expect(await open(plan, "a")).toBe("a");
  expect(await open(plan, "b")).toBe("b");
  expect(asked).toEqual(["a", "a", "b"]);
});

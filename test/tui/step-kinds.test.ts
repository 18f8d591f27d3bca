import { expect, it } from "vitest";
import { stepKinds } from "../../src/tui/step-kinds.js";

it.each(["get", "put", "wait", "tool", "switch"])("knows a step without a name by its id before the plan is read: %s", (kind) => {
  const row = { path: `${kind}1`, depth: 0, label: `${kind}1`, status: "completed", startedAt: 0, endedAt: 1, children: 0, step: null } as const;
  expect(stepKinds(null)(row)).toBe(kind);
});

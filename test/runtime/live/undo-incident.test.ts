import { expect, test } from "vitest";
import { ask, machine } from "./restart.js";

const FLOW = `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N } }
tools:
  k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key }
on: { topic: in }
steps:
  - id: s
    saga: {}
    do:
      - { id: a, tool: k, with: { n: 1 }, compensate: { set: "\${[1][int(output.n) + 5]}" } }
      - { fail: { code: bad, message: no } }
`;

test("what fails to be undone by what is recorded is not tried again: that is refused with a reason, and a person says that it is undone (I29, I31)", async () => {
  for (const action of ["skip", "resolve"] as const) {
    const m = machine();
    const p = await m.boot(FLOW, { k: (input) => input });
    await p.send("in", [{ n: 1 }]);
    await p.settle();
    const { run, waits } = await m.only("parked");
    expect(waits).toMatchObject([{ kind: "incident", path: "s/a!undo" }]);
    const before = await m.events(run);
    expect(await ask(p, run, { kind: "resolve", path: "s/a!undo", action: "retry" })).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("would fail in the same way again") });
    expect(await m.events(run)).toEqual(before);
    expect(await ask(p, run, { kind: "resolve", path: "s/a!undo", action, ...(action === "resolve" ? { output: null } : {}) })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await m.only()).toMatchObject({ status: "compensated" });
  }
});

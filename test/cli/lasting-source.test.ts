import { expect, test, vi } from "vitest";
import { lastingSource } from "../../src/cli/trace/lasting-source.js";
import type { Operator } from "../../src/core/ports/operator.js";

// Time passes at once.
vi.mock("node:timers/promises", () => ({ setTimeout: () => new Promise<void>((resolve) => void setImmediate(resolve)) }));

const ended: Pick<Operator, "server" | "watch"> = {
  server: null,
  async *watch() {
    // Nobody is asked.
  },
};

test.each([["a file that nobody serves is opened again, to find who serves it", {}, true], ["nobody is looked for where processes share the store: no socket leads to them, and each look is a connection", { shared: { serving: async () => 2 } }, false]])("%s", async (_, more, looks) => {
  let reopened = 0;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of an operator, a source that lasts takes no more than these to watch
  const operator = { ...ended, ...more, [Symbol.asyncDispose]: async () => undefined } as unknown as Operator;
  await using source = lastingSource(operator, async () => ((reopened += 1), operator), "me");
  const over = Promise.withResolvers<void>();
  const leave = source.watch({ began: () => undefined, event: () => undefined, token: () => undefined, ended: () => over.resolve() });
  await over.promise;
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
  leave();
  expect(reopened > 0).toBe(looks);
});

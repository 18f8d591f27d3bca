import { expect, test } from "vitest";
import { progressLine } from "../../src/cli/run/progress.js";

const none = { messages: 0, filtered: 0, duplicates: 0, runs: 0, completed: 0, failed: 0, cancelled: 0, compensated: 0, parked: 0, unbindable: 0, dlq: 0, emitted: 0, modelCalls: 0, tokensIn: 0, tokensOut: 0, usd: 0 };

test("what has ended in any way, or waits, is not running", () => {
  expect(progressLine({ ...none, messages: 9, runs: 9, completed: 3, failed: 1, cancelled: 1, compensated: 2, parked: 1, modelCalls: 4, usd: 0.5 })).toBe("9 messages, 9 runs, 1 running, 4 model calls, $0.5000");
  expect(progressLine({ ...none, completed: 2 })).toBe("0 messages, 0 runs, 0 running, 0 model calls, $0.0000");
});

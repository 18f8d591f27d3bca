import { errors, PermissionViolationError } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { led, needLed } from "../../../src/adapters/nats/led.js";
import { virtualClock } from "../../support/virtual-clock.js";

/** Fails so often, and then answers. */
function failing(times: number, error: Error): { readonly act: () => Promise<string>; readonly asked: () => number } {
  let asked = 0;
  return {
    act: async () => {
      asked += 1;
      if (asked <= times) throw error;
      return "answered";
    },
    asked: () => asked,
  };
}

test.each([new errors.TimeoutError(), new errors.RequestError("no responders"), new errors.NoRespondersError("$JS.API.INFO")])("who leads is asked again in a moment: %s", async (error) => {
  const clock = virtualClock();
  const answer = led(clock, failing(3, error).act);
  await clock.advance(1000);
  expect(await answer).toBe("answered");
});

test("after ten seconds it is what the client says, after half a minute one sentence; any other refusal is one at once", async () => {
  const clock = virtualClock();
  const away = failing(Infinity, new errors.TimeoutError());
  const asked = expect(led(clock, away.act)).rejects.toThrow("timeout");
  const needed = expect(needLed(clock, away.act)).rejects.toThrow("NATS does not say what streams it has: timeout.");
  await clock.advance(11_000);
  await asked;
  await clock.advance(20_000);
  await needed;
  const other = failing(1, new Error("maximum number of streams reached"));
  await expect(needLed(clock, other.act)).rejects.toThrow("maximum number of streams reached");
  expect(other.asked()).toBe(1);
});

test("what this user may not do is asked once, and said: nobody comes to lead who would let it", async () => {
  const said = 'Permissions Violation for Publish to "$JS.API.STREAM.NAMES"';
  const forbidden = failing(Infinity, new errors.RequestError(said, { cause: new PermissionViolationError(said, "publish", "$JS.API.STREAM.NAMES") }));
  await expect(led(virtualClock(), forbidden.act)).rejects.toThrow(said);
  await expect(needLed(virtualClock(), forbidden.act)).rejects.toMatchObject({ code: "FC6043", message: `NATS does not let this user do what flowctl needs: ${said}.` });
  expect(forbidden.asked()).toBe(2);
});

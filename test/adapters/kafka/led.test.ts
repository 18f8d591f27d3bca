import { expect, test } from "vitest";
import { KafkaFailure } from "../../../src/adapters/kafka/driver.js";
import { led, ledOnceMade, ledToMake, UNHEARD } from "../../../src/adapters/kafka/kafkajs/led.js";
import { virtualClock } from "../../support/virtual-clock.js";

/** Fails so often with what the broker says, and then answers. */
function failing(times: number, type: string): { readonly act: () => Promise<string>; readonly asked: () => number } {
  let asked = 0;
  return {
    act: async () => {
      asked += 1;
      if (asked <= times) throw new KafkaFailure(`said ${type}`, type, null);
      return "answered";
    },
    asked: () => asked,
  };
}

test.each(["NOT_COORDINATOR_FOR_GROUP", "GROUP_LOAD_IN_PROGRESS", "NOT_LEADER_FOR_PARTITION"])("what was moved is asked for again in a moment: %s", async (type) => {
  const clock = virtualClock();
  const broker = failing(3, type);
  const answer = led(clock, broker.act);
  await clock.advance(300);
  expect(await answer).toBe("answered");
});

test("after three seconds it is an error, and any other refusal is one at once", async () => {
  const clock = virtualClock();
  const away = failing(Infinity, "NOT_COORDINATOR_FOR_GROUP");
  const asked = expect(led(clock, away.act)).rejects.toThrow("said NOT_COORDINATOR_FOR_GROUP");
  await clock.advance(3000);
  await asked;
  expect(away.asked()).toBe(30);
  await expect(led(clock, failing(1, "GROUP_AUTHORIZATION_FAILED").act)).rejects.toThrow("said GROUP_AUTHORIZATION_FAILED");
});

test("what is known to be there is asked for again also where a server has not heard of it, and nowhere else", async () => {
  const clock = virtualClock();
  const answer = ledOnceMade(clock, failing(3, UNHEARD).act);
  await clock.advance(300);
  expect(await answer).toBe("answered");
  await expect(led(clock, failing(1, UNHEARD).act)).rejects.toThrow(`said ${UNHEARD}`);
});

test("what was just made has half a minute until its leader serves it: a server that makes a thousand topics takes more than three seconds", async () => {
  const clock = virtualClock();
  const answer = ledOnceMade(clock, failing(100, "NOT_LEADER_FOR_PARTITION").act);
  await clock.advance(10_000);
  expect(await answer).toBe("answered");
  const never = expect(ledOnceMade(clock, failing(Infinity, "NOT_LEADER_FOR_PARTITION").act)).rejects.toThrow("said NOT_LEADER_FOR_PARTITION");
  await clock.advance(30_000);
  await never;
});

test.each(["INVALID_REPLICATION_FACTOR", "NOT_CONTROLLER"])("a topic is made when there is a controller that has heard of its servers; who makes none does not wait for that: %s", async (type) => {
  const clock = virtualClock();
  const answer = ledToMake(clock, failing(50, type).act);
  await clock.advance(5000);
  expect(await answer).toBe("answered");
  await expect(led(clock, failing(1, type).act)).rejects.toThrow(`said ${type}`);
});

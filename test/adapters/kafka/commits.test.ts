import { expect, test } from "vitest";
import type { Positions } from "../../../src/adapters/kafka/driver.js";
import { createCommits } from "../../../src/adapters/kafka/commits.js";
import { virtualClock } from "../../support/virtual-clock.js";

/** A partition that stands where `at` says, and a server that answers when somebody wants. */
function started() {
  const clock = virtualClock();
  let at = 0;
  const sent: number[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const member = {
    commit(positions: Positions): Promise<void> {
      sent.push(positions.get(0)?.offset ?? -1);
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      return answer.promise;
    },
  };
  const commits = createCommits(member, new Map([[0, { position: () => at, last: () => null }]]), clock);
  return {
    clock,
    sent,
    commits,
    acknowledge(position: number): Promise<void> {
      at = position;
      return commits.flush();
    },
    async answer(error?: Error): Promise<void> {
      const next = answers.shift();
      if (error === undefined) next?.resolve();
      else next?.reject(error);
      await clock.advance(0);
    },
  };
}

test("the first goes at once, those that come soon after it together, when 100 ms are over", async () => {
  const { clock, sent, acknowledge, answer } = started();
  const first = acknowledge(1);
  await answer();
  await first;
  const rest = [2, 3, 4].map(acknowledge);
  await clock.advance(99);
  expect(sent).toEqual([1]);
  await clock.advance(1);
  expect(sent).toEqual([1, 4]);
  await answer();
  await Promise.all(rest);
  await clock.advance(100);
  const late = acknowledge(5);
  await clock.advance(0);
  expect(sent).toEqual([1, 4, 5]);
  await answer();
  await late;
});

test("where many messages wait they go when 10 ms are over, also if the last of them came while the first waited", async () => {
  const { clock, sent, acknowledge, answer } = started();
  const first = acknowledge(1);
  await answer();
  await first;
  const few = acknowledge(2);
  await clock.advance(50);
  expect(sent).toEqual([1]);
  const many = acknowledge(2001);
  await clock.advance(0);
  expect(sent).toEqual([1, 2001]);
  await answer();
  await Promise.all([few, many]);
  const more = acknowledge(4001);
  await clock.advance(9);
  expect(sent).toEqual([1, 2001]);
  await clock.advance(1);
  expect(sent).toEqual([1, 2001, 4001]);
  await answer();
  await more;
});

test("where somebody waits for it, it goes at once, with all that waits", async () => {
  const { clock, sent, commits, acknowledge, answer } = started();
  const first = acknowledge(1);
  await answer();
  await first;
  const second = acknowledge(2);
  const left = commits.flush("now");
  await clock.advance(0);
  expect(sent).toEqual([1, 2]);
  await answer();
  await Promise.all([second, left]);
  const third = acknowledge(3);
  await clock.advance(99);
  expect(sent).toEqual([1, 2]);
  await clock.advance(1);
  await answer();
  await third;
});

test("one at a time: what is acknowledged while a slow one is under way waits for its answer alone", async () => {
  const { clock, sent, acknowledge, answer } = started();
  const first = acknowledge(1);
  const second = acknowledge(2);
  await clock.advance(500);
  expect(sent).toEqual([1]);
  await answer();
  await first;
  expect(sent).toEqual([1, 2]);
  await answer();
  await second;
});

test("one that failed says so to those who waited for it; the next one says where the group is now", async () => {
  const { clock, sent, acknowledge, answer } = started();
  const first = acknowledge(1);
  const told = expect(first).rejects.toThrow("away");
  const second = acknowledge(2);
  await answer(new Error("away"));
  await told;
  await clock.advance(100);
  expect(sent).toEqual([1, 2]);
  await answer();
  await second;
});

test("what failed is sent again, also where nothing more was acknowledged since", async () => {
  const { clock, sent, acknowledge, answer } = started();
  const told = expect(acknowledge(1)).rejects.toThrow("away");
  await answer(new Error("away"));
  await told;
  const again = acknowledge(1);
  await clock.advance(100);
  expect(sent).toEqual([1, 1]);
  await answer();
  await again;
});

test("while the group is built anew nothing is sent, and behind it what stands then", async () => {
  const { clock, sent, commits, acknowledge, answer } = started();
  commits.shut();
  const first = acknowledge(1);
  const second = acknowledge(2);
  await clock.advance(100);
  expect(sent).toEqual([]);
  commits.open();
  await clock.advance(0);
  expect(sent).toEqual([2]);
  await answer();
  await first;
  await clock.advance(100);
  await second;
  // There was nothing new to say.
  expect(sent).toEqual([2]);
});

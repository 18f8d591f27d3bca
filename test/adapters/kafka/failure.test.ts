import { expect, test } from "vitest";
import { failure } from "../../../src/adapters/kafka/kafkajs/failure.js";

const ofTopics = (count: number): Error => Object.assign(new Error("Topic errors"), { errors: Array.from({ length: count }, (_, at) => Object.assign(new Error("no leader"), { topic: `t${at}` })) });

test("of several topics each reason is told, of very many the first five and how many more there are", () => {
  expect(failure(ofTopics(2)).message).toBe("`t0`: no leader; `t1`: no leader");
  expect(failure(ofTopics(1200)).message).toBe("`t0`: no leader; `t1`: no leader; `t2`: no leader; `t3`: no leader; `t4`: no leader; 1195 more");
});

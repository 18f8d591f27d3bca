import { setTimeout as sleep } from "node:timers/promises";
import { brokerConformance } from "../../conformance/broker.js";
import { busConformance } from "../../conformance/bus.js";
import { durableBusConformance } from "../../conformance/durable-bus.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, kafkaHarness, unused } from "./harness.js";

describeOn("kafka", "Kafka", (url) => {
  busConformance("kafka", () => kafkaHarness(url));
  durableBusConformance("kafka", () => kafkaHarness(url));
  // The client finds its servers by itself: servers.test.ts kills one.
  brokerConformance("kafka", async () => ({ connect: () => connectAt(url), unused, passes: (ms) => sleep(ms), network: null, wildcard: null, dedupes: false }));
});

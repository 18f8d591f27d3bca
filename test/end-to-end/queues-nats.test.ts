import { unused } from "../adapters/nats/harness.js";
import { queuesOn } from "./queues-on.js";

queuesOn({ name: "nats", unused, alike: true });

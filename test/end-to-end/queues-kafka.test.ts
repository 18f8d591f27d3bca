import { unused } from "../adapters/kafka/harness.js";
import { queuesOn } from "./queues-on.js";

queuesOn({ name: "kafka", unused });

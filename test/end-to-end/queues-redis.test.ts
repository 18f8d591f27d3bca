import { unused } from "../adapters/redis/harness.js";
import { queuesOn } from "./queues-on.js";

queuesOn({ name: "redis", unused });

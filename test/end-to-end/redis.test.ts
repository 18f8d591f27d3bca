import { unused } from "../adapters/redis/harness.js";
import { flowsOn } from "./flows-on.js";

flowsOn({ name: "redis", unused, strict: 0 });

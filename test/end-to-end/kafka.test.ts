import { unused } from "../adapters/kafka/harness.js";
import { flowsOn } from "./flows-on.js";

flowsOn({ name: "kafka", unused, strict: 3 });

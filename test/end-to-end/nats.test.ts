import { unused } from "../adapters/nats/harness.js";
import { flowsOn } from "./flows-on.js";

flowsOn({ name: "nats", unused, strict: 0 });

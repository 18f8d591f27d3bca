import { connect, unused } from "../adapters/redis/harness.js";
import { eventsOn } from "./events-on.js";

eventsOn({ name: "redis", unused, connect, prefix: "ce-" });

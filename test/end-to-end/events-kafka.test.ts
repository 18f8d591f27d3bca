import { connectAt, unused } from "../adapters/kafka/harness.js";
import { eventsOn } from "./events-on.js";

eventsOn({ name: "kafka", unused, connect: connectAt, prefix: "ce_" });

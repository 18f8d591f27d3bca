import { connectAt, unused } from "../adapters/nats/harness.js";
import { eventsOn } from "./events-on.js";

eventsOn({ name: "nats", unused, connect: connectAt, prefix: "ce-" });

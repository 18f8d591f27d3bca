import { busConformance } from "../../conformance/bus.js";
import { durableBusConformance } from "../../conformance/durable-bus.js";
import { embeddedHarness } from "./embedded-harness.js";

busConformance("embedded", embeddedHarness);
durableBusConformance("embedded", embeddedHarness);

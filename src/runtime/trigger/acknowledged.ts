import type { Delivery, Subscription } from "../../core/ports/bus.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";
import type { Publish } from "./pure-batch.js";

/** What a batch comes to that is on disk by now: the broker hears of it while the next one is handled. */
export const acknowledged = (batch: readonly Delivery[], subscription: Subscription, { ports, stopped }: World): Publish => async () => () => patiently(ports.clock, stopped, () => subscription.ack(batch));

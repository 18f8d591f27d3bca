import type { LogLine, RunEvent, TokenEvent } from "../core/event.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { ModelPlan } from "../core/plan/flow-plan.js";
import type { Bus } from "../core/ports/bus.js";
import type { Formats } from "../core/ports/format.js";
import type { HttpServer } from "../core/ports/http-server.js";
import type { Clock } from "../core/ports/clock.js";
import type { Model } from "../core/ports/model.js";
import type { Random } from "../core/ports/random.js";
import type { Queues } from "../core/queues.js";
import type { Store } from "../core/ports/store.js";
import type { Tool } from "../core/ports/tool.js";

/** Everything outside that the runtime touches (I43). Joined in cli/wire.ts and index.ts. */
export interface RuntimePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  /** Null for library calls without a bus: an `emit` is then only reported in the outcome. */
  readonly bus: Bus | null;
  /** What the project says of queues. */
  readonly queues?: Queues;
  /** Absent: every topic's messages are bare JSON. */
  readonly formats?: Formats;
  /** Absent: no flow is started by requests here. */
  readonly http?: HttpServer;
  /** Connected on first use and kept; `expr` tools never come here. */
  model(plan: FlowPlan, name: string): Promise<Model>;
  tool(plan: FlowPlan, name: string): Promise<Tool>;
  /** USD per million tokens, or null where nobody knows. */
  price(model: ModelPlan): { readonly in: number; readonly out: number } | null;
  readonly observer: Observer;
}

/** Called after the event is durable (I4); must not throw and must not wait. */
export interface Observer {
  event(event: RunEvent): void;
  /** False: nobody wants what pure flows do, so that their events are not made (I42). */
  readonly pure?: boolean;
  /** For people: something needs a look, and nothing went wrong in a run. */
  notice?(text: string): void;
  /** What a tool's code said with `ctx.log`. Kept nowhere. */
  log?(line: LogLine): void;
  /** Absent when nobody listens: models then need not stream. */
  readonly token?: ((event: TokenEvent) => void) | undefined;
}

import type { RunEvent } from "../../core/event.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Bus, Subscription } from "../../core/ports/bus.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import type { RunReport } from "../wire.js";
import { jsonText } from "../format/json-text.js";

/** The JSON lines of `run -i` on stdout. */
export interface ResultLines {
  readonly event: (event: RunEvent) => void;
  /** Dead letters come over the bus, like everybody else's messages. */
  watchDeadLetters(bus: Bus, plans: readonly FlowPlan[]): Promise<void>;
  manual(report: RunReport): void;
  /** Letters of topics without a `dlq` stand in the store. */
  deadLetters(rows: readonly DeadLetterRow[]): void;
  /** Resolves when all lines are with the system. */
  drain(): Promise<void>;
}

/** Where letters are shown to be that have no topic. */
const STORE_DLQ = "flowctl.dlq";

/** Emits to topics that no loaded flow consumes, or all of them; each manual run; every dead letter. */
export function resultLines(plans: readonly FlowPlan[], allTopics: boolean): ResultLines {
  const consumed = new Set(plans.flatMap(({ triggers }) => triggers.flatMap((trigger) => (trigger.kind === "topic" ? [trigger.topic] : []))));
  const letters = new Set(plans.flatMap(({ topics }) => Object.values(topics).flatMap(({ dlq }) => dlq ?? [])));
  const subscriptions: Subscription[] = [];
  const reading: Promise<void>[] = [];
  let last = Promise.resolve();
  const line = (value: object): void => {
    const text = `${jsonText(value)}\n`;
    last = last.then(() => new Promise<void>((done, fail) => process.stdout.write(text, (error) => (error ? fail(error) : done()))));
  };
  const read = async (subscription: Subscription): Promise<void> => {
    for await (const batch of subscription.batches) {
      for (const { topic, key, headers, body } of batch) {
        line({ topic, key, id: headers["flowctl-id"] ?? "", message: JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) });
      }
      await subscription.ack(batch);
    }
  };
  return {
    event(event) {
      if (event.type !== "message.emitted") return;
      const { topic, key, id, payload } = event.data;
      if ((allTopics || !consumed.has(topic)) && !letters.has(topic)) line({ topic, key, id, message: payload });
    },
    async watchDeadLetters(bus) {
      for (const topic of letters) {
        const subscription = await bus.subscribe({ topic, group: "flowctl run", from: "earliest", maxBatch: 100 });
        subscriptions.push(subscription);
        reading.push(read(subscription));
      }
    },
    manual({ flow, run, status, output, error }) {
      line({ flow, run, status, ...(status === "completed" ? { output: output ?? null } : {}), ...(error === undefined ? {} : { error }) });
    },
    deadLetters(rows) {
      for (const { id, letter } of rows) line({ topic: STORE_DLQ, key: null, id, message: letter });
    },
    async drain() {
      for (const subscription of subscriptions) await subscription.close();
      await Promise.all(reading);
      await last;
    },
  };
}

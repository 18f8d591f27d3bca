import type { RunEvent } from "../../core/event.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { waitedTopics } from "../../core/plan/waited-topics.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import type { RunReport } from "../wire.js";
import { jsonText } from "../format/json-text.js";
import type { Letter } from "./letters.js";

/** The JSON lines of `run -i` on stdout. */
export interface ResultLines {
  readonly event: (event: RunEvent) => void;
  manual(report: RunReport): void;
  /** Letters of topics without a `dlq` stand in the store. */
  deadLetters(rows: readonly DeadLetterRow[], topics: AsyncIterable<Letter>): Promise<void>;
  /** Resolves when all lines are with the system. */
  drain(): Promise<void>;
}

/** Where letters are shown to be that have no topic. */
const STORE_DLQ = "flowctl.dlq";

/** Emits to topics that no loaded flow consumes, or all of them; each manual run; every dead letter. */
export function resultLines(plans: readonly FlowPlan[], allTopics: boolean): ResultLines {
  const consumed = new Set(plans.flatMap((plan) => [...waitedTopics(plan), ...plan.triggers.flatMap((trigger) => (trigger.kind === "topic" ? [trigger.topic] : []))]));
  const letters = new Set(plans.flatMap(({ topics }) => Object.values(topics).flatMap(({ dlq }) => dlq ?? [])));
  let last = Promise.resolve();
  const line = (value: object): void => {
    const text = `${jsonText(value)}\n`;
    last = last.then(() => new Promise<void>((done, fail) => process.stdout.write(text, (error) => (error ? fail(error) : done()))));
  };
  return {
    event(event) {
      if (event.type !== "message.emitted") return;
      const { topic, key, id, payload } = event.data;
      if ((allTopics || !consumed.has(topic)) && !letters.has(topic)) line({ topic, key, id, message: payload });
    },
    manual({ flow, run, status, output, error }) {
      line({ flow, run, status, ...(status === "completed" ? { output: output ?? null } : {}), ...(error === undefined ? {} : { error }) });
    },
    async deadLetters(rows, topics) {
      for await (const { topic, key, headers, body } of topics) line({ topic, key, id: headers["flowctl-id"] ?? "", message: JSON.parse(body) });
      for (const { id, letter } of rows) line({ topic: STORE_DLQ, key: null, id, message: letter });
    },
    drain: () => last,
  };
}

import type { Wait } from "../event.js";

/** What is waited for, to stand behind who waits; null for a question and an incident, which have words of their own. */
export function waitWords({ kind, signal = "", topic = "", key = "", run = "", lock = "" }: Wait): string | null {
  switch (kind) {
    case "timer":
      return "waits for time";
    case "signal":
      return `waits for the signal ${signal}`;
    case "message":
      return `waits for a message of ${topic}, key ${key}`;
    case "child":
      return `waits for run ${run}`;
    case "lock":
      return `waits for the lock ${lock}`;
    case "ask":
    case "incident":
      return null;
  }
}

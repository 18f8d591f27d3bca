import type { RunEvent, Wait } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import type { ActiveRun } from "./active-run.js";

/** What the record says of a step that waits. */
interface RecordedWait {
  readonly events: readonly RunEvent[];
  /** Null: it has not opened it. */
  readonly wait: Wait | null;
  /** ms since the epoch. From its first start on, over parking and restarts. */
  readonly began: number;
}

export function recordedWait({ past, ctx }: ActiveRun, path: Path): RecordedWait {
  const events = past?.get(path)?.events ?? [];
  const opened = events.find((event) => event.type === "wait.opened");
  return { events, wait: opened?.type === "wait.opened" ? opened.data : null, began: opened?.at ?? ctx.ports.clock.now() };
}

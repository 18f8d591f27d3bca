import type { RunEvent } from "../core/event.js";
import { foldLine, lineOfRow, lineOfView, type RunLine } from "../core/fold/run-line.js";
import type { RunView } from "../core/fold/run-view.js";
import type { RunRow } from "../core/ports/store.js";
import type { RunId } from "../core/run-id.js";

/** The runs of the list, the newest last, as events bring them: of a stream of runs the oldest that have ended are forgotten. */
export interface RunList {
  get(run: RunId): RunLine | undefined;
  /** As they are now: what comes later changes nothing of it. */
  lines(): ReadonlyMap<RunId, RunLine>;
  heard(events: readonly RunEvent[]): void;
  /** All events of a run were read. */
  read(view: RunView): void;
  /** Rows of the store, the newest first. `live`: events come as well, and what they say is newer. */
  listed(rows: readonly RunRow[], live: boolean): void;
}

/** Lines that are kept. */
export const MOST_LINES = 2000;

export function createRunList(): RunList {
  const lines = new Map<RunId, RunLine>();

  function forget(): void {
    if (lines.size <= MOST_LINES) return;
    for (const [run, { finishedAt }] of lines) {
      if (finishedAt !== null) lines.delete(run);
      if (lines.size <= MOST_LINES) return;
    }
  }

  return {
    get: (run) => lines.get(run),
    lines: () => new Map(lines),
    heard(events) {
      for (const event of events) lines.set(event.run, foldLine(lines.get(event.run), event));
      forget();
    },
    read: (view) => void lines.set(view.run, lineOfView(view)),
    listed(rows, live) {
      for (const row of rows.toReversed()) {
        const [line, fresh] = [lines.get(row.run), lineOfRow(row)];
        if (line !== undefined && line.seq >= 0 && live) continue;
        lines.set(row.run, line?.state === fresh.state ? { ...line, waits: fresh.waits } : fresh);
      }
      if (!live) forgetEnded(lines, new Set(rows.map(({ run }) => run)));
      forget();
    },
  };
}

/** Whoever is open no more, and is not among the newest, has ended long ago. */
function forgetEnded(lines: Map<RunId, RunLine>, known: ReadonlySet<RunId>): void {
  for (const [run, { finishedAt }] of lines) if (finishedAt === null && !known.has(run)) lines.delete(run);
}

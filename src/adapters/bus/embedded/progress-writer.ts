import type { Clock } from "../../../core/ports/clock.js";
import type { Database } from "../../sqlite/database.js";
import type { Group } from "../group/group.js";
import type { ProgressRow } from "./writes.js";

/** Keeps what groups have acknowledged, on the next transaction of others, or a tenth of a second later. */
export interface ProgressWriter {
  /** Resolves when all that changed is durable, or could not be kept: a lost acknowledgement is a redelivery. */
  close(): Promise<void>;
  of(topic: string, name: string, group: Group): { changed(): void; closed(): Promise<void> };
}

/** When the file took nothing. */
const AGAIN_MS = 1000;
/** Of a partition that fails for ever, so many failures are remembered over a restart. */
const MAX_FAILURES = 1000;

interface Saved {
  readonly topic: string;
  readonly name: string;
  readonly group: Group;
  /** Per partition, what was sent last. */
  readonly rows: (ProgressRow | undefined)[];
}

export function createProgressWriter(database: Pick<Database, "write" | "later">, clock: Clock): ProgressWriter {
  const changed = new Set<Saved>();
  let scheduled = false;
  let closed = false;
  let cancel = (): void => undefined;

  const take = (): ProgressRow[] => {
    const rows: ProgressRow[] = [];
    for (const saved of changed) {
      for (const progress of saved.group.progress) {
        const row: ProgressRow = [saved.topic, saved.name, progress.partition, progress.committed(), failuresOf(progress.failures())];
        const last = saved.rows[progress.partition];
        if (last?.[3] === row[3] && last[4] === row[4]) continue;
        saved.rows[progress.partition] = row;
        rows.push(row);
      }
    }
    changed.clear();
    return rows;
  };
  const soon = (): void => {
    if (scheduled || closed) return;
    scheduled = true;
    clock.nextTurn(() => void send("later"));
  };
  async function send(how: "later" | "write"): Promise<void> {
    scheduled = false;
    if (closed && how === "later") return;
    const groups = [...changed];
    const rows = take();
    // A flush without rows waits for those that were sent before it.
    if (rows.length === 0 && how === "later") return;
    try {
      await database[how]("busProgress", rows);
    } catch {
      // Publishing and the journal say what is wrong with the file; here it costs a redelivery, and is tried again.
      for (const saved of groups) {
        saved.rows.length = 0;
        changed.add(saved);
      }
      cancel();
      if (!closed) cancel = clock.after(AGAIN_MS, soon);
    }
  }
  const flush = async (): Promise<void> => {
    cancel();
    await send("write");
  };
  return {
    close() {
      closed = true;
      return flush();
    },
    of(topic, name, group) {
      const saved: Saved = { topic, name, group, rows: [] };
      return {
        changed() {
          changed.add(saved);
          soon();
        },
        closed: flush,
      };
    },
  };
}

const failuresOf = (failures: readonly (readonly [number, number])[]): string => (failures.length === 0 ? "[]" : JSON.stringify(failures.slice(-MAX_FAILURES)));

import type { DatabaseSync } from "node:sqlite";
import { endsTransaction, failureOf, type SqliteFailure } from "./failure.js";
import type { Answer } from "./protocol.js";

/** One call of a transaction. */
interface Act {
  readonly id: number;
  readonly act: () => unknown;
}

/** Told after a rollback: what was remembered of the rolled back rows is wrong. */
const forgetters = new WeakMap<DatabaseSync, (() => void)[]>();

export function onRollback(db: DatabaseSync, forget: () => void): void {
  const list = forgetters.get(db) ?? [];
  forgetters.set(db, list);
  list.push(forget);
}

/** Runs acts in one transaction: one that throws leaves no trace, and the others commit; all fail when the commit does, or `check` before. */
export function createTransaction(db: DatabaseSync, check: () => void = () => undefined): (acts: readonly Act[]) => readonly Answer[] {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const save = db.prepare("SAVEPOINT act");
  const release = db.prepare("RELEASE act");
  const back = db.prepare("ROLLBACK TO act");
  const forget = (): void => {
    for (const one of forgetters.get(db) ?? []) one();
  };

  const all = (acts: readonly Act[]): readonly Answer[] => {
    begin.run();
    const [only] = acts;
    // With nobody else's work to keep, its failure is the transaction's: a savepoint copies every page that changes.
    if (only !== undefined && acts.length === 1) {
      const result = only.act();
      commit.run();
      return [{ id: only.id, result }];
    }
    const answers = acts.map(({ id, act }): Answer => {
      save.run();
      try {
        const result = act();
        release.run();
        return { id, result };
      } catch (thrown) {
        const failure = failureOf(thrown);
        if (endsTransaction(failure)) throw thrown;
        back.run();
        release.run();
        forget();
        return { id, failure };
      }
    });
    commit.run();
    return answers;
  };

  return (acts) => {
    try {
      check();
      return all(acts);
    } catch (thrown) {
      const failure: SqliteFailure = failureOf(thrown);
      if (db.isTransaction) rollback.run();
      forget();
      return acts.map(({ id }) => ({ id, failure }));
    }
  };
}

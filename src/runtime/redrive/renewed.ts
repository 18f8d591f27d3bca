import type { Again, KeysFrom, RunEvent } from "../../core/event.js";
import type { Path, RunId } from "../../core/run-id.js";
import { movedBy } from "../run/reopen.js";

/** What a key is made of. */
export interface Origin {
  readonly run: RunId;
  readonly path: Path;
}

/** Paths whose keys are not those of the first run, nor are those of what stands below them: `pay`, so `pay!undo/refund`. */
export type Renewed = ReadonlyMap<Path, Origin>;

/** Whose keys a run has (I17): of the first run of its message, but for what is renewed. */
export interface Keyed {
  readonly run: RunId;
  readonly keyRun: RunId;
  readonly renewed?: Renewed;
}

const BELOW = /[/[#~!]/;

function foundFor({ renewed }: Keyed, path: Path): { readonly at: Path; readonly origin: Origin } | null {
  if (renewed === undefined || renewed.size === 0) return null;
  for (let end = path.length; end > 0; end -= 1) {
    if (end < path.length && !BELOW.test(path.charAt(end))) continue;
    const at = path.slice(0, end);
    const origin = renewed.get(at);
    if (origin !== undefined) return { at, origin };
  }
  return null;
}

/** A path as another run of the message has it, which has not gone on after a failure. */
export const plainPath = (path: Path): Path => path.replace(/\^\d+(?=$|[/[#~!])/g, "");

/** What failed in this run may have been done in an earlier one: where it goes on it has the same key again. */
const keyPath = ({ run, keyRun }: Keyed, path: Path): Path => (run === keyRun ? path : plainPath(path));

export function originOf(keyed: Keyed, path: Path): Origin {
  const of = keyPath(keyed, path);
  const found = foundFor(keyed, of);
  return found === null ? { run: keyed.keyRun, path: of } : { run: found.origin.run, path: found.origin.path + of.slice(found.at.length) };
}

/** The run that came after the path was last undone; null where it was not. */
export function renewalOf(keyed: Keyed, path: Path): RunId | null {
  const found = foundFor(keyed, keyPath(keyed, path));
  return found === null || found.origin.path !== found.at ? null : found.origin.run;
}

/**
 * What the next run has other keys for, event by event of the one before it, which has `keyed`. What is undone is not
 * there any more, though who did it remembers its key. A step of the first run that failed and went on has done it under
 * another path.
 */
export function renewing(keyed: Keyed, next: RunId): { readonly take: (event: RunEvent) => void; readonly renewed: Map<Path, Origin> } {
  const renewed = new Map(keyed.renewed);
  const undo = (of: Path): void => void renewed.set(of, { run: next, path: of });
  const move = (again: Path, step: Path): void => {
    for (const path of renewed.keys()) if (path.startsWith(step) && BELOW.test(path.charAt(step.length))) renewed.delete(path);
    renewed.set(step, originOf(keyed, again));
  };
  const take = ({ type, data }: RunEvent): void => {
    if (type === "compensation.started") {
      undo(plainPath(data.of));
    } else if (type === "run.reopened" && keyed.run === keyed.keyRun) {
      const at = movedBy(data.path);
      if (at !== null) move(at.again, plainPath(at.step));
    }
  };
  return { take, renewed };
}

/** As it is recorded: grouped, for a saga is undone as one. */
export function recordOf(renewed: Renewed): readonly KeysFrom[] {
  const paths = new Map<RunId, Path[]>();
  const moved: KeysFrom[] = [];
  for (const [path, origin] of renewed) {
    if (origin.path !== path) moved.push({ run: origin.run, paths: [path], as: origin.path });
    else {
      const known = paths.get(origin.run);
      if (known === undefined) paths.set(origin.run, [path]);
      else known.push(path);
    }
  }
  return [...[...paths].map(([run, paths]) => ({ run, paths })), ...moved];
}

export function renewedIn({ keys = [] }: Again): Renewed {
  const renewed = new Map<Path, Origin>();
  for (const { run, paths, as } of keys) for (const path of paths) renewed.set(path, { run, path: as ?? path });
  return renewed;
}

import { onTestFinished } from "vitest";
import type { RunEvent } from "../../src/core/event.js";
import { collect } from "./collect.js";
import { world, type World } from "./runtime.js";

/** A world whose runtime serves; it is closed when the test is over. */
export async function start(...given: Parameters<typeof world>): Promise<World> {
  const made = world(...given);
  onTestFinished(() => close(made));
  await made.runtime.start();
  return made;
}

/** Its clock goes on while it closes: what is under way comes to an end. */
export async function close({ runtime, clock }: World): Promise<void> {
  const closed = runtime.close();
  await clock.advance(10_000);
  await closed;
}

export const journal = ({ store }: World, run: string): Promise<readonly RunEvent[]> => collect(store.read(run, 0));

/** `run.admitted`, `step.started paid`, … */
export const typesOf = (events: readonly RunEvent[]): readonly string[] => events.map(({ type, path }) => (path === undefined ? type : `${type} ${path}`));

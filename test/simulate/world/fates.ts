import type { PortCall, Power } from "../../crash/power.js";
import type { Chance } from "../chance.js";
import type { Count } from "./count.js";
import type { Profile } from "./profile.js";
import type { Schedule } from "./schedule.js";

/** The power of one process object: each of its port calls is answered, refused, lost, late, or the last one (I44). */
export interface Fates extends Power {
  /** The process has crashed; a zombie goes on all the same. */
  isOver(): boolean;
  /** Commits that are slow: the process has not heard of them yet. */
  busy(): number;
  /** It has ended as it should, and closed what it had: whatever it asks for from now on is refused. */
  shut(): void;
}

export interface World {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly profile: Profile;
  readonly count: Count;
  /** What is said of this is the same whenever it is asked, and whatever else happens. */
  readonly steady: (about: string) => Chance;
  /** Nothing fails any more. */
  readonly isCalm: () => boolean;
}

/** What it throws is what an adapter throws: an ordinary error. */
class Away extends Error {
  override readonly name = "Away";
}

const BURST_MS = 20_000;
/** Nobody knows their names after a crash, so that a process without them could not come back. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** `crashAt`: the number of the port call that is its last one; 0: none. `zombie`: it is not cut there, but another one takes over. */
export function createFates({ schedule, chance, profile, count, isCalm }: World, crashAt: number, zombie: boolean, ended: () => void, late: (call: string) => void): Fates {
  const calls: PortCall[] = [];
  const point = chance.pick(["before", "effect", "answered"]);
  /** A zombie that stands still first. */
  const frozenMs = zombie ? chance.pick([0, 0, 1_000, 20_000]) : 0;
  /** Ports that are away, until when. */
  const bursts = new Map<string, number>();
  let made = 0;
  let slowCommits = 0;
  let dead = false;
  let over = false;
  let shut = false;
  const refuseLate = (name: string): void => {
    if (!shut) return;
    late(name);
    throw new Away(`${name}: it is closed`);
  };
  const strike = (): void => {
    if (over) return;
    over = true;
    if (!zombie) dead = true;
    count(zombie ? "zombie" : `crash ${point}`);
    ended();
  };

  /** Store and bus only: what tools and models do is said by the world itself. */
  function refusal(name: string): "before" | "effect" | null {
    if (isCalm() || name.startsWith("tool.") || name.startsWith("model.")) return null;
    const port = name.slice(0, name.indexOf("."));
    const until = bursts.get(port) ?? -Infinity;
    if (schedule.clock.monotonic() < until) return "before";
    // Who asks again and again is heard in between.
    if (schedule.clock.monotonic() >= until + BURST_MS && chance.hit(profile.burst)) {
      bursts.set(port, schedule.clock.monotonic() + chance.between(1, BURST_MS));
      count(`burst ${port}`);
    }
    if (chance.hit(profile.refuse)) return "before";
    // A subscription that nobody got is none: the broker's client withdraws it.
    return chance.hit(profile.lose) && !name.startsWith("bus.subscribe") ? "effect" : null;
  }

  /** Until something else is due, or past the time limits that flows have: the one around what waits comes in between. */
  function slowness(): number {
    const next = (schedule.next() ?? Infinity) - schedule.clock.now();
    return next < 120_000 && chance.hit(0.4) ? next + 1 : chance.pick([chance.between(1, 60_000), 20_001, 120_001]);
  }

  async function dawdle(): Promise<void> {
    slowCommits += 1;
    await schedule.wait(slowness());
    slowCommits -= 1;
  }

  async function call<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (dead) return never<T>();
    refuseLate(name);
    made += 1;
    const last = !over && made === crashAt && !isCalm();
    if (over && frozenMs > 0) await schedule.wait(frozenMs);
    if (last && point === "before") {
      strike();
      if (dead) return never<T>();
      await schedule.wait(frozenMs);
    }
    const prompt = chance.hit(profile.prompt);
    if (!prompt) await schedule.turn();
    const refused = refusal(name);
    if (refused === "before") {
      count("refused");
      await schedule.turn();
      if (dead) return never<T>();
      throw new Away(`${name}: away`);
    }
    // Its place in the group is another one's: a zombie reads nothing more.
    if (dead || (over && /^bus\.(subscribe|read)/.test(name))) return never<T>();
    // Nobody sees that the run waits, or everybody but its process does.
    const slow = !isCalm() && name.includes("run.parked") && chance.hit(profile.restless) ? chance.pick(["before", "behind"]) : null;
    if (slow !== null) count("slow to park");
    if (slow === "before") await dawdle();
    if (dead) return never<T>();
    const answer = await answerOf(act);
    if (last && point === "effect") strike();
    if (dead) return never<T>();
    if (slow === "behind") await dawdle();
    else if (!isCalm() && chance.hit(profile.delay)) {
      count("delayed");
      await schedule.wait(chance.between(1, 5_000));
    } else if (!prompt) await schedule.turn();
    if (dead) return never<T>();
    // What the answer sets off at once is still sent, and nobody hears of it.
    if (last && point === "answered") process.nextTick(strike);
    if (!("value" in answer)) throw answer.thrown;
    if (refused === "effect") {
      count("reply lost");
      throw new Away(`${name}: the reply is lost`);
    }
    return answer.value;
  }

  async function pass<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (dead) return never<T>();
    refuseLate(name);
    const value = await act();
    return dead ? never<T>() : value;
  }

  return {
    isOff: () => dead,
    isCut: () => over,
    isOver: () => over,
    busy: () => slowCommits,
    shut() {
      shut = true;
      over = true;
    },
    off() {
      dead = true;
      over = true;
    },
    calls,
    call,
    pass,
  };
}

async function answerOf<T>(act: () => Promise<T>): Promise<{ readonly value: T } | { readonly thrown: unknown }> {
  try {
    return { value: await act() };
  } catch (thrown) {
    return { thrown };
  }
}

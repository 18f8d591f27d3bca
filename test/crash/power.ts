/** I44: where a port call is cut: nothing happened outside; it happened and nobody heard; its answer came, and then the end. */
export type Point = "before" | "effect" | "answered";
const POINTS: readonly Point[] = ["before", "effect", "answered"];

/** `call` counts the port calls of one process object from 1. */
export interface Cut {
  readonly call: number;
  readonly point: Point;
}

export interface PortCall {
  readonly name: string;
  /** False: nothing came to be read. */
  answered: boolean;
}

/** Where these calls can be cut. */
export const cutsOf = (calls: readonly PortCall[]): Cut[] => calls.flatMap(({ answered }, at) => POINTS.filter((point) => answered || point === "before").map((point): Cut => ({ call: at + 1, point })));

/** `12:effect`. */
export function parseCut(text: string): Cut {
  const [call = "", name = ""] = text.split(":");
  return { call: Number(call), point: POINTS.find((one) => one === name) ?? "before" };
}

/** The n-th call of this name, cut there. */
export function cutAt(calls: readonly PortCall[], name: RegExp, point: Point, nth = 1): Cut {
  const found = calls.flatMap((call, at) => (name.test(call.name) ? [at + 1] : []))[nth - 1];
  if (found === undefined) throw new Error(`no call ${nth} of ${String(name)} in\n${calls.map((call) => call.name).join("\n")}`);
  return { call: found, point };
}

/** What a process object runs on: when it is off, none of its port calls settles any more, and nothing it asked for later happens. */
export interface Power {
  isOff(): boolean;
  /** Its cut has come; a paused process is not off, and goes on beside the next one. */
  isCut(): boolean;
  off(): void;
  /** The calls so far. */
  readonly calls: readonly PortCall[];
  /** `refusal`: what a port says that will never do it. */
  call<T>(name: string, act: () => Promise<T>, refusal?: () => Error): Promise<T>;
  /** A call without points of its own. */
  pass<T>(name: string, act: () => Promise<T>): Promise<T>;
}

export function createPower(cut: Cut | null, ended: () => void, paused: PromiseWithResolvers<void> | null = null): Power {
  const calls: PortCall[] = [];
  let dead = false;
  let struck = false;
  const off = (): void => {
    if (dead) return;
    dead = true;
    ended();
  };
  const strike = (): void => {
    struck = true;
    if (paused === null) off();
  };
  /** Fact c: an abandoned promise that nobody holds leaks nothing. */
  const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
  const alive = <T>(settled: () => T): T | Promise<T> => (dead ? never<T>() : settled());

  async function pass<T>(_name: string, act: () => Promise<T>): Promise<T> {
    if (dead) return never<T>();
    try {
      const value = await act();
      return await alive(() => value);
    } catch (thrown) {
      return alive(() => {
        throw thrown;
      });
    }
  }

  async function call<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (dead) return never<T>();
    const made: PortCall = { name, answered: false };
    calls.push(made);
    const point = cut?.call === calls.length ? cut.point : null;
    if (point === "before") {
      strike();
      await (paused?.promise ?? never());
    }
    const ending = (): void => {
      if (point === "effect") strike();
      // What the answer sets off at once is still sent, and nobody hears of it.
      else if (point === "answered") process.nextTick(strike);
    };
    return pass(name, async () => {
      try {
        return await act();
      } finally {
        made.answered = !dead;
        ending();
      }
    });
  }
  return { isOff: () => dead, isCut: () => struck, off, calls, call, pass };
}

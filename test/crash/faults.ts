import type { Clock } from "../../src/core/ports/clock.js";
import type { PortCall, Power } from "./power.js";

/** A port call that rejects while the process lives on: nothing happened; it happened and the reply is lost; the broker will never take the first of its messages. */
type FaultPoint = "before" | "effect" | "refused";

/** `call` counts from 1. For `ms` of the world's clock every later call of the same port rejects alike. */
export interface Fault {
  readonly call: number;
  readonly point: FaultPoint;
  readonly ms: number;
}

/** Where these calls can fail. What is never answered can only fail before it is asked. */
export const faultsOf = (calls: readonly PortCall[]): Fault[] =>
  calls.flatMap(({ name, answered }, at) => {
    const points: readonly FaultPoint[] = name.startsWith("bus.publish") ? ["before", "effect", "refused"] : answered ? ["before", "effect"] : ["before"];
    return points.map((point): Fault => ({ call: at + 1, point, ms: 0 }));
  });

/** `12:effect`, `12:effect:2000`. */
export function parseFault(text: string): Fault {
  const [call = "", name = "", ms = "0"] = text.split(":");
  return { call: Number(call), point: name === "effect" || name === "refused" ? name : "before", ms: Number(ms) };
}

export const printFault = ({ call, point, ms }: Fault): string => `${call}:${point}${ms === 0 ? "" : `:${ms}`}`;

/** What it throws is what an adapter throws: an ordinary error. */
class Away extends Error {
  override readonly name = "Away";
}

/** Power that never fails, over ports that do. */
export function createFaulty(faults: readonly Fault[], clock: Clock): Power {
  const calls: PortCall[] = [];
  let dead = false;
  /** By port. */
  const bursts = new Map<string, { readonly point: FaultPoint; readonly until: number }>();
  const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

  function pointOf(name: string, number: number | null): FaultPoint | null {
    const port = name.slice(0, name.indexOf("."));
    // A subscription that nobody got is none: the broker's client withdraws it.
    const onlyBefore = (point: FaultPoint): FaultPoint => (name.startsWith("bus.subscribe") ? "before" : point);
    const fault = faults.find(({ call }) => call === number);
    if (fault !== undefined) {
      if (fault.ms > 0) bursts.set(port, { point: fault.point, until: clock.monotonic() + fault.ms });
      return onlyBefore(fault.point);
    }
    const burst = bursts.get(port);
    return burst !== undefined && clock.monotonic() < burst.until ? onlyBefore(burst.point) : null;
  }

  async function act<T>(name: string, number: number | null, made: PortCall | null, work: () => Promise<T>, refusal: (() => Error) | undefined): Promise<T> {
    if (dead) return never<T>();
    const point = pointOf(name, number);
    // In a turn of its own, as from a port.
    if (point !== null) await Promise.resolve();
    if (point === "refused") throw refusal?.() ?? new Away(`${name}: away`);
    if (point === "before") throw new Away(`${name}: away`);
    try {
      const value = await work();
      if (dead) return await never<T>();
      if (point === "effect") throw new Away(`${name}: the reply is lost`);
      return value;
    } catch (thrown) {
      if (dead) return await never<T>();
      throw thrown;
    } finally {
      if (made !== null) made.answered = !dead;
    }
  }

  const call = <T>(name: string, work: () => Promise<T>, refusal?: () => Error): Promise<T> => {
    const made: PortCall = { name, answered: false };
    if (!dead) calls.push(made);
    return act(name, calls.length, made, work, refusal);
  };
  return {
    isOff: () => dead,
    isCut: () => false,
    off: () => void (dead = true),
    calls,
    call,
    // The shards between the first and the last fail only together with them.
    pass: (name, work) => (/^store\.\w+ \d+$/.test(name) ? act(name, null, null, work, undefined) : call(name, work)),
  };
}

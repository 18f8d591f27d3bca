import { objectOf, type Field, type Type } from "../../core/type.js";

/**
 * What an expression can see at the place that is being checked. There is one per flow: its maps are live, and
 * `enter` … `leave` undo what a block added, so that checking is linear in the flow's size.
 */
export interface Lexical {
  readonly vars: ReadonlyMap<string, Type>;
  /** Access paths that are known to be there: "steps.found", "input.note". */
  readonly present: ReadonlySet<string>;
  /** "steps.x" → a sentence why it cannot be read here. */
  readonly hidden: ReadonlyMap<string, string>;
  enter(): number;
  leave(mark: number): void;
  bind(name: string, type: Type): void;
  /** Makes `steps.<id>` and `info.<id>` readable. */
  addStep(id: string, field: Field, info: Field): void;
  /** Says why a step that cannot be read cannot. Not undone by `leave`: the reason is set anew as the check goes on. */
  hide(id: string, why: string): void;
  /** The same for one that is there. */
  forbid(path: string, why: string | null): void;
  assume(facts: Iterable<string>): void;
}

export function makeLexical(): Lexical {
  const vars = new Map<string, Type>();
  const present = new Set<string>();
  const hidden = new Map<string, string>();
  const steps = new Map<string, Field>();
  const info = new Map<string, Field>();
  const trail: (() => void)[] = [];
  vars.set("steps", { kind: "object", fields: steps, rest: "closed" });
  vars.set("info", { kind: "object", fields: info, rest: "closed" });

  const set = <V>(map: Map<string, V>, key: string, value: V): void => {
    const old = map.get(key);
    map.set(key, value);
    trail.push(() => {
      if (old === undefined) map.delete(key);
      else map.set(key, old);
    });
  };
  /** What was known of a name says nothing about another thing of the same name. */
  const forget = (root: string): void => {
    for (const fact of present) {
      if (fact !== root && !fact.startsWith(`${root}.`) && !fact.startsWith(`${root}!`)) continue;
      present.delete(fact);
      trail.push(() => present.add(fact));
    }
  };
  return {
    vars,
    present,
    hidden,
    enter: () => trail.length,
    leave(mark) {
      for (let undo = trail.length > mark ? trail.pop() : undefined; undo !== undefined; undo = trail.length > mark ? trail.pop() : undefined) undo();
    },
    bind(name, type) {
      if (vars.has(name)) forget(name);
      set(vars, name, type);
    },
    addStep(id, field, about) {
      if (steps.has(id)) forget(`steps.${id}`);
      set(steps, id, field);
      set(info, id, about);
      hidden.delete(`steps.${id}`);
    },
    hide(id, why) {
      if (!steps.has(id)) hidden.set(`steps.${id}`, why);
    },
    forbid(path, why) {
      if (why === null) hidden.delete(path);
      else hidden.set(path, why);
    },
    assume(facts) {
      for (const fact of facts) {
        if (present.has(fact)) continue;
        present.add(fact);
        trail.push(() => present.delete(fact));
      }
    },
  };
}

/** A scope of its own: that of a trigger, a topic, an agent's or a tool's section. */
export const scopeOf = (vars: Readonly<Record<string, Type>>): Pick<Lexical, "vars" | "present"> => ({ vars: new Map(Object.entries(vars)), present: new Set() });

/** `agent`: which one a step went to, where it is one. */
export const infoType = (agent: Field | null): Type =>
  objectOf({
    status: { kind: "string" },
    ...(agent === null ? {} : { agent }),
    attempts: { kind: "number", integer: true },
    usd: { kind: "number", integer: false },
    ms: { kind: "number", integer: false },
  });

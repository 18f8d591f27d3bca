import type { Path } from "../../core/run-id.js";

/** Why no new step starts below a scope: an operator, a deadline, too many events, or a join that needs the rest no more. */
export type CancelReason = "operator" | "timeout" | "limit" | "join" | "return" | "saga";

/** Unwinds a cancelled scope. No `catch` of the flow sees it. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
  readonly reason: CancelReason;
  /** The scope that was cancelled: what opened it turns this into its own outcome. */
  readonly scope: Scope;
  constructor(reason: CancelReason, scope: Scope) {
    super(`cancelled (${reason})`);
    this.reason = reason;
    this.scope = scope;
  }
}

/** A part of a run that is cancelled as one. */
export interface Scope {
  parent: Scope | null;
  cancelled: Cancelled | null;
  readonly listeners: Set<(cancelled: Cancelled) => void>;
  /** Where a run that parks below needs a timer row (I15). */
  readonly deadline: { readonly path: Path; readonly due: number } | null;
  readonly hear: (cancelled: Cancelled) => void;
}

export function openScope(parent: Scope | null, deadline: Scope["deadline"] = null): Scope {
  const scope: Scope = {
    parent,
    cancelled: parent?.cancelled ?? null,
    listeners: new Set(),
    deadline,
    hear: (cancelled) => {
      if (scope.cancelled !== null) return;
      scope.cancelled = cancelled;
      for (const listener of scope.listeners) listener(cancelled);
    },
  };
  parent?.listeners.add(scope.hear);
  return scope;
}

export const closeScope = (scope: Scope): boolean => scope.parent?.listeners.delete(scope.hear) ?? false;

/** What goes on after its block has ended is cancelled with what is left around it. */
export function moveScope(scope: Scope, parent: Scope): void {
  closeScope(scope);
  scope.parent = parent;
  if (parent.cancelled === null) parent.listeners.add(scope.hear);
  else scope.hear(parent.cancelled);
}

export const cancelScope = (scope: Scope, reason: CancelReason): void => scope.hear(new Cancelled(reason, scope));

export function throwIfCancelled(scope: Scope): void {
  if (scope.cancelled !== null) throw scope.cancelled;
}

/** Calls `listener` once, at once where it has happened already; the result takes it back. */
export function onCancelled(scope: Scope, listener: (cancelled: Cancelled) => void): () => void {
  if (scope.cancelled !== null) {
    listener(scope.cancelled);
    return () => undefined;
  }
  scope.listeners.add(listener);
  return () => {
    scope.listeners.delete(listener);
  };
}

/** `promise`, or the cancellation that comes first: what it settles to later is nobody's. */
export function orCancelled<T>(scope: Scope, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const off = onCancelled(scope, reject);
    promise.then(resolve, reject).finally(off);
  });
}

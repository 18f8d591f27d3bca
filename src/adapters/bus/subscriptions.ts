import type { Subscription } from "../../core/ports/bus.js";

/** The subscriptions of a bus that are open: they are closed with it. */
export interface OpenSubscriptions {
  /** The same, counted until it is closed. */
  opened(subscription: Subscription): Subscription;
  closeAll(): Promise<void>;
}

export function createOpenSubscriptions(): OpenSubscriptions {
  const open = new Set<Subscription>();
  return {
    opened(subscription) {
      open.add(subscription);
      const close = async (): Promise<void> => {
        open.delete(subscription);
        await subscription.close();
      };
      return { ...subscription, close, [Symbol.asyncDispose]: close };
    },
    async closeAll() {
      await Promise.all([...open].map((one) => one.close()));
    },
  };
}

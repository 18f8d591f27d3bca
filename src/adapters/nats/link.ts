import type { NatsConnection } from "@nats-io/transport-node";

/** Whether the server is there. */
export interface Link {
  isUp(): boolean;
  /** Called when it is lost and when it is back; the result ends it. */
  watch(changed: (up: boolean) => void): () => void;
}

export function watchLink(nc: NatsConnection): Link {
  const watchers = new Set<(up: boolean) => void>();
  let up = true;
  const tell = (now: boolean): void => {
    if (up === now) return;
    up = now;
    for (const changed of watchers) changed(now);
  };
  const follow = async (): Promise<void> => {
    for await (const { type } of nc.status()) {
      if (type === "disconnect" || type === "staleConnection" || type === "close") tell(false);
      else if (type === "reconnect") tell(true);
    }
  };
  // The connection says why it ends to those who use it.
  follow().catch(() => tell(false));
  return {
    isUp: () => up,
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}

import type { NatsConnection } from "@nats-io/transport-node";

/** Whether the server is there. */
export interface Link {
  isUp(): boolean;
  /** Called when it is lost and when it is back, and with what the server says unasked: what this user may not do. The result ends it. */
  watch(changed: (up: boolean) => void, said?: (error: Error) => void): () => void;
}

export function watchLink(nc: NatsConnection): Link {
  const watchers = new Set<{ readonly changed: (up: boolean) => void; readonly said: ((error: Error) => void) | undefined }>();
  let up = true;
  const tell = (now: boolean): void => {
    if (up === now) return;
    up = now;
    for (const { changed } of watchers) changed(now);
  };
  const follow = async (): Promise<void> => {
    for await (const status of nc.status()) {
      const { type } = status;
      if (type === "error") for (const { said } of watchers) said?.(status.error);
      else if (type === "disconnect" || type === "staleConnection" || type === "close") tell(false);
      else if (type === "reconnect") tell(true);
    }
  };
  // The connection says why it ends to those who use it.
  follow().catch(() => tell(false));
  return {
    isUp: () => up,
    watch(changed, said) {
      const watcher = { changed, said };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

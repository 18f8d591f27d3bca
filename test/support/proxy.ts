import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Nobody gets through any more, and nobody who was through hears of it but by the connection's end. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** What is sent on connections that are open now arrives nowhere, and nobody is told: as where a router has forgotten them. */
  silence(): void;
  /** What the server says on connections that are open now stays here, until it is released; `part` lets a little of a large answer through. */
  hold(): { readonly part: () => Promise<void>; readonly release: () => void };
  /** How often a client has sent something: what it sends without an answer in between counts about once. */
  sent(): number;
}

const PART = 1000;

/** A network between a client and a server, that can be cut. */
export async function openProxy(to: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const open = new Set<Socket>();
  const silent = new Set<Socket>();
  /** Of each server's side the client's. */
  const clients = new Map<Socket, Socket>();
  let isCut = false;
  let sent = 0;
  const server = createServer({ noDelay: true }, (client) => {
    if (isCut) return void client.destroy();
    const upstream = connect(to);
    clients.set(upstream, client);
    upstream.on("close", () => clients.delete(upstream));
    client.on("data", () => (sent += 1));
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on("error", () => into.destroy());
      from.on("close", () => {
        open.delete(from);
        if (!silent.delete(from)) into.destroy();
      });
      from.pipe(into);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens on no port");
  const cut = async (): Promise<void> => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    port: (address satisfies AddressInfo).port,
    cut,
    async restore() {
      isCut = false;
    },
    silence() {
      // Read by nobody: also the end that one side says, the other does not hear of.
      for (const socket of open) {
        silent.add(socket);
        socket.unpipe().pause();
      }
    },
    hold() {
      const held = new Map(clients);
      for (const upstream of held.keys()) upstream.unpipe();
      return {
        async part() {
          for (;;) {
            for (const [upstream, client] of held) if (upstream.readableLength > PART) return void client.write(upstream.read(PART));
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
        release() {
          for (const [upstream, client] of held) upstream.pipe(client);
        },
      };
    },
    sent: () => sent,
    async [Symbol.asyncDispose]() {
      await cut();
      server.close();
      await once(server, "close");
    },
  };
}

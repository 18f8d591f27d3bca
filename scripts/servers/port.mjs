import { createServer, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A free port below those that outgoing connections take, so that it is still free when the server comes back. */
export async function freePort() {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer();
    const free = await new Promise((done) => server.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true)));
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

/** The first bytes that whoever listens there says, to `question` where there is one; null when nobody does. */
export function ask(port, question) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer) => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(2_000, () => end(null));
    socket.on("error", () => end(null)).on("close", () => end(null)).on("data", end);
    if (question !== undefined) socket.on("connect", () => socket.write(question));
  });
}

/** Until `holds()`; fails with what `lost()` says, or when the time is over. */
export async function until(holds, ms, lost) {
  const end = Date.now() + ms;
  while (!(await holds())) {
    const why = lost() ?? (Date.now() > end ? `no answer within ${ms / 1000} s` : null);
    if (why !== null) throw new Error(why);
    await sleep(50);
  }
}

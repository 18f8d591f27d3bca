import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { LEASE_SUBJECTS, LEASES, putLease } from "../../../src/adapters/nats/lease-records.js";
import { describeOn } from "../../support/servers.js";
import { startServer } from "./own-server.js";

const ROUNDS = 50;

describeOn("nats", "NATS: a bucket of leases on three servers", () => {
  test("of those who change a record at once one does, and the others are told that it was changed", { timeout: 120_000 }, async () => {
    const { freePort }: { freePort(): Promise<number> } = await import(new URL("../../../scripts/servers/port.mjs", import.meta.url).href);
    const ports = [await freePort(), await freePort(), await freePort()];
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
    const servers = await Promise.all(ports.map((port, at) => startServer(() => `server_name: s${at}\ncluster { name: c, listen: "127.0.0.1:${port}", routes: [${routes}] }\n`)));
    const connections = await Promise.all(servers.map(({ port }) => connect({ servers: `127.0.0.1:${port}` })));
    const [first] = connections;
    if (first === undefined) throw new Error("there is no server");
    const jsm = await jetstreamManager(first, { checkAPI: false });
    // Until they have chosen who leads.
    const made = (): Promise<boolean> => jsm.streams.add({ name: LEASES, subjects: [`${LEASE_SUBJECTS}.>`], num_replicas: 3, max_msgs_per_subject: 1 }).then(() => true, () => false);
    while (!(await made()));
    const record = { group: "g", topic: "t", owner: "me", position: 0 };
    let revision = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const results = await Promise.all(connections.map((nc) => putLease(nc, record, revision, 5000)));
      const [mine, ...more] = results.filter((one) => one !== null);
      expect([round, mine !== undefined, more]).toEqual([round, true, []]);
      revision = mine ?? revision;
    }
    await Promise.all(connections.map((nc) => nc.close()));
  });
});

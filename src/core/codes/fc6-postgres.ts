import type { CodeEntry, CodeTable } from "./entry.js";

/** Only a command that connects can meet these. */
const met = (title: string, explain: string): CodeEntry => ({ severity: "error", title, explain, bad: "", good: "", from: "run" });

/** A store on PostgreSQL. */
export const FC6_POSTGRES: CodeTable = {
  FC6050: met(
    "PostgreSQL is not reached",
    "Nobody answers at the host and port of the store's `url`, or not in time. Look whether the server runs, whether it listens for other machines (`listen_addresses`), and whether a firewall is between. A process that serves already waits for a server that is away for up to 30 seconds and goes on by itself; after that `flowctl run` takes the work up where it stood.",
  ),
  FC6051: met(
    "PostgreSQL refuses the user or has no such database",
    "The server answers, and does not let this user in, asks for a password that the store does not name, speaks no TLS, has no such database, or one whose encoding is not UTF8, or does not let the user make tables or read those of the schema. flowctl keeps all it has in one schema, by default `flowctl`, and makes it with its tables at the first start: the user needs CREATE on the database, or a schema that it owns. Standby servers are read-only: name the primary. A pooler that shares connections (PgBouncer, also one that ignores `options`) is refused: name the server itself.",
  ),
  FC6052: met(
    "The schema is not this flowctl's",
    "The schema of the store has tables of something else, or of a newer flowctl whose layout this version cannot know. Nothing in it is changed. Use the newer version, or name another `schema`. Or it is of an older flowctl, and this is no `flowctl run`: commands that look or ask leave the layout to those that serve, for once it is brought forward a process of the older version that ends cannot be started on it again. Or there is nothing yet: the first `flowctl run` makes the tables, as the user that serves, to whom they then belong.",
  ),
  FC6053: {
    severity: "error",
    title: "No address of a PostgreSQL server",
    explain: "`store` in flowctl.yaml names a PostgreSQL server as `postgresql://user@host:5432/database`. The password does not stand in it: the store is then a map, `{ kind: postgres, url, password }`, and the password a secret by reference, `${env:NAME}` or `${file:PATH}`. TLS has a key of its own too, `tls`.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6054: {
    severity: "warning",
    title: "A store over the network, in plain text",
    explain: "The PostgreSQL server is another machine, and the connection to it is not encrypted: everything that runs know, messages, prompts and answers, can be read and changed on the way. Write `tls: {}` under `store` (with `ca` where the certificate is your own). On 127.0.0.1 nothing leaves the machine, and nothing is said. `flowctl doctor --strict` takes it for an error.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6056: met(
    "Too many queues on one store",
    "Each queue, and each site of a queue, has 16 shards of its own in a store that several processes share, and there is room for 60. Queues that were used once keep theirs. Take another store, or another `schema`, for some of the flows.",
  ),
  FC6057: met(
    "A part of the work, and a store of its own",
    "`flowctl run --only` does a part of what flows do: their runs, or the tasks of a queue. The rest is done by other processes, which have to share the runs with this one. A file is one process's alone, and so is memory: put the store on PostgreSQL, or let one process do everything.",
  ),
  FC6058: met(
    "Messages by hand, where other processes would take them",
    "`flowctl run -i` feeds messages and prints what becomes of them. Where other processes serve the same store on PostgreSQL and the same broker, any of them may take such a message, and its run would be shown by nobody here: nothing is published. Publish with `flowctl topics publish`, and look at the runs with `flowctl runs list`; or start a run by hand with `-i FLOW=…`, which is this process's own. A process that died counts for up to 8 seconds more.",
  ),
  FC6059: met(
    "Another broker than that of the processes whose runs are there",
    "Processes that share a store on PostgreSQL drive each other's runs, and what a run emits goes to the broker of the process that has it. So all of them have the same kind of broker. A process with another one, or with none, as `flowctl run -i` without the `--profile` that the others have, would take a part of their runs and put what these emit where nobody reads it: it does not begin. Name the same broker; give another project another `schema`. In a file it is so for `flowctl run -i` as long as runs are open, or messages unsent, of a process that had another kind: it would go on with them. `--fresh` tries things beside them. To change the broker end all processes first, and start them with the new one. A process that died counts for up to 8 seconds more.",
  ),
  FC6055: met(
    "A shared store, and no broker",
    "Processes that share a store on PostgreSQL share their runs; topics are not in it. The embedded broker is a file of one process, so that a message which a run emits in one process would not be read in another. Name a `broker` beside the store. Flows that only requests, schedules or steps start need none, nor does `flowctl run -i`, whose topics end with it.",
  ),
};

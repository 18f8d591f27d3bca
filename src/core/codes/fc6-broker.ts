import type { CodeTable } from "./entry.js";

/** The broker that a profile of flowctl.yaml names. */
export const FC6_BROKER: CodeTable = {
  FC6040: {
    severity: "error",
    title: "No address of this broker",
    explain: "`broker.url` in flowctl.yaml is one server or a list of servers of one cluster: `nats://host:4222` (or `tls://`), `host:9092` for Kafka, `redis://host:6379` (or `rediss://`). User and password do not stand in it: they have keys of their own, and are secrets by reference.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6041: {
    severity: "warning",
    title: "A broker over the network, in plain text",
    explain: "The broker is another machine, and its connection is not encrypted: messages, and with some of its ways to sign in the password too, can be read and changed on the way. Write `tls: {}` under `broker` (with `ca` where the certificate is your own). On 127.0.0.1 nothing leaves the machine, and nothing is said.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6042: {
    severity: "warning",
    title: "Acknowledged messages live in one place only",
    explain: "A message is acknowledged at the broker as soon as its run is admitted, so that from then on the run's journal is all there is of it. The journal is a file of this machine, or memory: who loses it loses what was acknowledged, although the broker has replicas. Back the file up (`flowctl backup`), keep it on a disk that is replicated, or take a store that is.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6043: {
    severity: "error",
    title: "The broker cannot be used",
    explain: "The broker that the profile names did not answer, did not let flowctl in, or is not what it should be (a NATS server without JetStream); the message says which. `flowctl doctor` with the same profile says what it finds. Once connected, flowctl waits for a broker that goes away, and loses nothing.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6044: {
    severity: "error",
    title: "Topics that flows need are not there",
    explain: "On a broker of its own a topic is made by who runs it: its replicas, its retention and its partitions are their decision. `flowctl topics apply` shows what the flows need, and with `--yes` makes what is missing; it deletes nothing.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6045: {
    severity: "warning",
    title: "A topic promises less than flows rely on",
    explain: "What is there at the broker works, but keeps less than the flows or the profile say: fewer replicas than asked for, messages that go before their `dedupe` key is forgotten, no window in which a repeated publication is recognised, messages in memory only. `flowctl topics apply --yes` changes what can be changed without a loss, and says the rest.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6046: {
    severity: "warning",
    title: "Other servers than those of the processes whose runs are there",
    explain: "Processes that share a store on PostgreSQL drive each other's runs, and what a run emits goes to the broker of the process that has it. None of the servers that this process names is one that the others name. Where both are names of one cluster nothing is wrong, and it is not said again to those who start later with the same names. Where they are two, as with a profile for trying things beside the store of production, what this process emits is read by nobody: give it another `schema` of the store, or another file.",
    bad: "",
    good: "",
    from: "run",
  },
  FC6047: {
    severity: "warning",
    title: "Messages are left in the file's own topics",
    explain: "Before the project named a broker its topics were in the store's file, and messages that the flows had not read yet are there still: whoever published them was told that they are stored, and on the broker nobody reads them. Start `flowctl run` once more as it was before, without the broker's profile and with nobody publishing, until `flowctl topics lag` says 0 for each group. Those of the file's topics that no flow reads any more stay where they are.",
    bad: "",
    good: "",
    from: "run",
  },
};

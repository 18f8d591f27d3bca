import type { Bus } from "./bus.js";
import type { TopicReader } from "./operator.js";

/** A group that reads a topic, as the flows say. */
export interface GroupNeed {
  readonly group: string;
  /** Where it begins when it has never read. */
  readonly from: "latest" | "earliest";
  readonly ordered: boolean;
}

/** What flows need of one topic. */
export interface TopicNeed {
  readonly topic: string;
  readonly groups: readonly GroupNeed[];
  /** The longest `dedupe` of a flow that reads it, ms: messages that are kept shorter are forgotten before their keys. Null: none, or for ever. */
  readonly dedupeMs: number | null;
  /** It is a `dlq`: what flows could not take must not go by itself soon. */
  readonly dlq: boolean;
}

/** One thing at the broker that flows need, against what is there. */
export interface Provision {
  /** Without its topics flows cannot run; a group is also made by the first member that reads. */
  readonly of: "topic" | "group";
  /** `stream orders_new`, `consumer orders_new/fulfilment`, `topic orders.new`. */
  readonly what: string;
  /** `create` and `change`: `apply` does it. `keep`: it is there. */
  readonly action: "create" | "change" | "keep";
  /** What it is or will be, in short: `subject orders.new, file, 1 replica, kept 7d`. */
  readonly says: string;
  /** What a person has to decide: each one sentence with what to set. */
  readonly weak: readonly string[];
}

/** Never deletes, and never makes anything weaker. */
export interface Provisioner {
  /** What `apply` would do; changes nothing. In the order of doing. */
  plan(needs: readonly TopicNeed[]): Promise<readonly Provision[]>;
  /** Does what `plan` says, and gives what it did. Twice is once. */
  apply(needs: readonly TopicNeed[]): Promise<readonly Provision[]>;
}

/** What the server promises, for `doctor`. */
export interface BrokerFinding {
  readonly what: string;
  /** `weak`: it works, and a crash or a listener may hurt; `missing`: flows cannot run. */
  readonly is: "ok" | "weak" | "missing";
  /** Of a weakness that more servers mend, or what this command cannot see: no error under `--strict` where the broker is on this machine. */
  readonly alone?: true;
  readonly says: string;
}

/** A broker that is connected, with everything that commands do there. Its Bus stands in for the embedded one. */
export interface Broker extends AsyncDisposable {
  readonly bus: Bus;
  readonly topics: TopicReader;
  readonly provisioner: Provisioner;
  /** What is acknowledged survives what: sync, replicas, storage, and what to set. */
  promises(needs: readonly TopicNeed[]): Promise<readonly BrokerFinding[]>;
}

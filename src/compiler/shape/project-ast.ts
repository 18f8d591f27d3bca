import type { Span } from "../../core/diagnostic.js";
import type { BrokerRef } from "../../core/broker.js";
import type { PostgresRef } from "../../core/postgres.js";
import type { Queues } from "../../core/queues.js";
import type { RegistryRef } from "../../core/registry.js";
import type { Entry, Located, ModelDecl } from "./ast.js";

/** `flowctl.yaml` after the shape phase, with its profile and `--set` merged in: where flows run. Paths are as written. */
export interface ProjectFile {
  readonly path: string;
  readonly span: Span;
  /** Absent: the default, `.flowctl/flowctl.db` beside the project file. */
  readonly store?: StoreRef;
  /** Absent: the embedded bus. */
  readonly broker?: BrokerRef;
  /** Absent: no topic has its schema in one. */
  readonly registry?: RegistryRef;
  /** What is written here wins over the flow's model of the same name, key by key. */
  readonly models: readonly Entry<ModelDecl>[];
  /** Hosts (`host` or `host:port`) that HTTP tools may reach although they are private. */
  readonly allow: readonly Located<string>[];
  /** Where requests are listened for; absent: the default. */
  readonly listen?: Located<string>;
  readonly queues: Queues;
  /** Patterns of the project's flow files. */
  readonly flows: readonly Located<string>[];
  readonly profiles: readonly string[];
}

export type StoreRef = { readonly kind: "memory"; readonly span: Span } | { readonly kind: "sqlite"; readonly path: string; readonly span: Span } | (PostgresRef & { readonly kind: "postgres"; readonly span: Span });

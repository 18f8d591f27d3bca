import { systemClock } from "../../adapters/clock/system.js";
import type { Codec, SchemaText } from "../../adapters/format/codec.js";
import { RegistryAway } from "../../adapters/format/registry/away.js";
import type { Registry } from "../../adapters/format/registry/registry.js";
import { bareBodies, jsonBodies, registeredBodies, topicFormat, type Bodies } from "../../adapters/format/topic-format.js";
import { systemRandom } from "../../adapters/random/system.js";
import type { KnownSecrets } from "../../adapters/secret/secrets.js";
import type { BrokerKind } from "../../core/broker.js";
import { InfraError } from "../../core/errors.js";
import type { Encoding } from "../../core/format/encoding.js";
import { stepsIn } from "../../core/plan/blocks.js";
import { emittedBy } from "../../core/plan/emitted-topics.js";
import type { FlowPlan, TopicPlan } from "../../core/plan/flow-plan.js";
import type { Formats, TopicFormat } from "../../core/ports/format.js";
import type { RegistryRef } from "../../core/registry.js";
import { openRegistryRef } from "./open-registry.js";

/** The formats of the topics of plans; what is needed for them is loaded when a plan has one. */
export interface OpenFormats extends Formats, AsyncDisposable {
  /** Takes the topics of plans that are new. */
  load(plans: readonly FlowPlan[]): Promise<void>;
  /** Rejects with FC6061 where the registry does not have, and does not take, a schema that flows emit with. `register: false` puts none there, and asks only whether it would be taken. */
  needSchemas(plans: readonly FlowPlan[], how?: { readonly register: boolean }): Promise<void>;
}

interface Outside {
  readonly registry: RegistryRef | null;
  /** Null: the embedded bus. */
  readonly broker: BrokerKind | null;
  readonly secrets: KnownSecrets;
  readonly folder: string;
  /** No other topic is looked at. */
  readonly only?: ReadonlySet<string>;
}

/** Rejects with FC6060 where a topic has a subject and the project has no registry. */
export async function openFormats(plans: readonly FlowPlan[], { registry: ref, broker, secrets, folder, only }: Outside): Promise<OpenFormats> {
  const formats = new Map<string, TopicFormat | null>();
  let registry: Registry | null = null;

  async function load(more: readonly FlowPlan[]): Promise<void> {
    for (const { topics } of more) for (const [name, topic] of Object.entries(topics)) if (only?.has(name) !== false) formats.set(name, await formatOf(name, topic));
  }
  async function formatOf(topic: string, { encoding, envelope }: TopicPlan): Promise<TopicFormat | null> {
    if (encoding === undefined && envelope === undefined) return null;
    const bodies = encoding === undefined ? jsonBodies : await bodiesOf(topic, encoding);
    if (envelope === undefined) return topicFormat(bodies);
    const { eventFormat } = await import("../../adapters/format/cloudevents.js");
    const contentType = CONTENT_TYPES[encoding === undefined || encoding.format !== "json" ? (encoding?.format ?? "json") : "framed"];
    return eventFormat(bodies, { envelope, contentType, binding: { prefix: broker === "kafka" ? "ce_" : "ce-", percent: broker === "nats" }, clock: systemClock, newId: () => systemRandom.id() });
  }
  async function bodiesOf(topic: string, encoding: Encoding): Promise<Bodies> {
    const codec = await codecOf(encoding);
    const { subject } = encoding;
    return subject === undefined ? bareBodies(codec) : registeredBodies(codec, { registry: await registryFor(topic), subject, register: ref?.register ?? false });
  }
  async function registryFor(topic: string): Promise<Registry> {
    if (ref === null) throw new InfraError("FC6060", `The messages of \`${topic}\` carry ids of schemas, and flowctl.yaml names no registry.`, { hint: "write `registry: http://HOST:8081` there" });
    return (registry ??= await openRegistryRef(ref, secrets, folder));
  }
  /** Null: it has it now, or would take it. */
  async function refusal({ register, incompatible }: Registry, subject: string, text: SchemaText, registers: boolean): Promise<string | null> {
    if (ref?.register !== true) return "it is not there, and `register: false` leaves that to others";
    if (!registers) return (await incompatible(subject, text))?.reasons.join("; ") ?? null;
    const id = await register(subject, text);
    return typeof id === "number" ? null : id.refused;
  }
  async function need(topic: string, { encoding }: TopicPlan, emits: boolean, registers: boolean): Promise<void> {
    if (encoding?.subject === undefined) return;
    const registry = await registryFor(topic);
    const { where, find } = registry;
    const codec = await codecOf(encoding);
    const { subject } = encoding;
    try {
      const found = await find(subject, codec.own);
      if (found !== null || !emits) return;
      const refused = await refusal(registry, subject, codec.own, registers);
      if (refused !== null) throw new InfraError("FC6061", `The registry at ${where} does not have the schema of \`${topic}\` as a version of \`${subject}\`: ${refused}.`, { hint: "`flowctl validate --online` says what does not fit" });
    } catch (thrown) {
      throw asInfra(thrown);
    }
  }

  await load(plans);
  return {
    of: (topic) => formats.get(topic) ?? null,
    load,
    async needSchemas(all, { register: registers } = { register: true }) {
      for (const plan of all) {
        const emitted = new Set([plan, ...Object.values(plan.flows ?? {})].flatMap(({ body }) => [...stepsIn(body)].flatMap(emittedBy)));
        for (const [name, topic] of Object.entries(plan.topics)) await need(name, topic, emitted.has(name), registers);
      }
    },
    [Symbol.asyncDispose]: async () => registry?.[Symbol.asyncDispose](),
  };
}

/** JSON behind the id of its schema is none for who does not know the registry. */
const CONTENT_TYPES = { json: "application/json", framed: "application/octet-stream", avro: "application/avro", protobuf: "application/protobuf" } as const;

/** For who does not wait: a registry that is away is FC6061. */
export function insistently(format: TopicFormat | null): TopicFormat | null {
  if (format === null) return null;
  const now = async <T>(act: () => T | Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (thrown) {
      throw asInfra(thrown);
    }
  };
  return { encode: (message) => now(() => format.encode(message)), decode: (delivery) => now(() => format.decode(delivery)) };
}

export const asInfra = (thrown: unknown): unknown => (thrown instanceof RegistryAway ? new InfraError("FC6061", `${thrown.message.charAt(0).toUpperCase()}${thrown.message.slice(1)}.`, { hint: "`registry` in flowctl.yaml says where it is", cause: thrown }) : thrown);

export async function codecOf(encoding: Encoding): Promise<Codec> {
  switch (encoding.format) {
    case "avro":
      return (await import("../../adapters/format/avro/codec.js")).avroCodec(encoding.schema);
    case "protobuf":
      return (await import("../../adapters/format/protobuf/codec.js")).protobufCodec(encoding);
    case "json":
      return (await import("../../adapters/format/json-codec.js")).jsonCodec(encoding.schema);
  }
}

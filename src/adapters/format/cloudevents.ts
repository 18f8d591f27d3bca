import type { Envelope } from "../../core/format/encoding.js";
import { eventHeaders, eventOf, headersOfEvent } from "../../core/cloudevent.js";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";
import type { Content, Delivery, Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { TopicFormat } from "../../core/ports/format.js";
import type { Bodies } from "./topic-format.js";
import { bytesOf, NOTHING, valueOf } from "./topic-format.js";

/** How a broker's binding writes attributes into headers; both spellings are read everywhere. */
export interface EventBinding {
  /** `ce_` on Kafka, `ce-` elsewhere. */
  readonly prefix: "ce-" | "ce_";
  /** NATS takes what stands in HTTP headers: other characters as `%C3%BC`. */
  readonly percent: boolean;
}

interface Events {
  readonly envelope: Envelope;
  readonly binding: EventBinding;
  /** What the bodies are, `application/json`. */
  readonly contentType: string;
  readonly clock: Pick<Clock, "now">;
  readonly newId: () => string;
}

const STRUCTURED = "application/cloudevents+json";

/** CloudEvents 1.0 around the bodies of a topic: https://github.com/cloudevents/spec */
export function eventFormat(bodies: Bodies, { envelope, binding, contentType, clock, newId }: Events): TopicFormat {
  const isJson = contentType === "application/json";

  function attributesOf({ headers, id, key }: Outgoing): Readonly<Record<string, string>> {
    const known = eventOf(headers);
    return {
      specversion: "1.0",
      id: headers["flowctl-id"] ?? (id === "" ? newId() : id),
      source: envelope.source,
      type: envelope.type,
      time: new Date(clock.now()).toISOString(),
      datacontenttype: contentType,
      ...(key === null ? {} : { partitionkey: key }),
      ...(headers["traceparent"] === undefined ? {} : { traceparent: headers["traceparent"] }),
      // Of an event that is sent again.
      ...known,
    };
  }
  function binary(message: Outgoing, event: Readonly<Record<string, string>>, body: Uint8Array): Outgoing {
    const { datacontenttype, ...others } = event;
    const own = Object.fromEntries(Object.entries(others).map(([name, value]): [string, string] => [binding.prefix + name, binding.percent ? percentEncoded(value) : value]));
    return { ...message, headers: { ...withoutEvent(message.headers), ...own, ...(datacontenttype === undefined ? {} : { "content-type": datacontenttype }) }, body };
  }
  function structured(message: Outgoing, event: Readonly<Record<string, string>>, value: Json, body: Uint8Array): Outgoing {
    const data = isJson ? { data: value } : { data_base64: Buffer.from(body).toString("base64") };
    return { ...message, headers: { ...withoutEvent(message.headers), "content-type": `${STRUCTURED}; charset=utf-8` }, body: new TextEncoder().encode(JSON.stringify({ ...event, ...data })) };
  }

  /** The delivery as the event that it is: attributes in its headers under one spelling, its data as its body. */
  function opened(delivery: Delivery, event: Readonly<Record<string, string>>, body: Uint8Array, content: Content): Delivery {
    const trace = delivery.headers["traceparent"] ?? event["traceparent"];
    return {
      ...delivery,
      key: delivery.key ?? event["partitionkey"] ?? null,
      headers: { ...withoutEvent(delivery.headers), ...headersOfEvent(event), ...(trace === undefined ? {} : { traceparent: trace }) },
      // What is JSON is sent again as text; anything else as these bytes.
      body: isJson && content.is === "value" ? JSON.stringify(content.value) : body,
      content,
      event,
    };
  }
  async function withData(delivery: Delivery, event: Readonly<Record<string, string>>, body: Uint8Array): Promise<Delivery> {
    return opened(delivery, event, body, delivery.body === NOTHING || (body.length === 0 && isJson) ? { is: "value", value: null } : await bodies.decode(body, delivery.headers));
  }
  async function fromStructured(delivery: Delivery, json: JsonObject): Promise<Delivery> {
    const { data, data_base64: base64, ...attributes } = json;
    const event = Object.fromEntries(Object.entries(attributes).flatMap(([name, value]): [string, string][] => (value === null || typeof value === "object" ? [] : [[name, String(value)]])));
    const lacking = lack(event);
    if (lacking !== null) return problem(delivery, lacking);
    if (base64 !== undefined && base64 !== null) {
      if (data !== undefined) return problem(delivery, "it is a CloudEvent with both `data` and `data_base64`");
      const bytes = Buffer.from(String(base64), "base64");
      return bytes.toString("base64") === base64 ? await withData(delivery, event, new Uint8Array(bytes)) : problem(delivery, "its `data_base64` is no base64");
    }
    if (!isJson) return problem(delivery, "its data stands in it as JSON, and the topic has another format");
    return opened(delivery, event, new TextEncoder().encode(JSON.stringify(data ?? null)), { is: "value", value: data ?? null });
  }

  return {
    async encode(message) {
      const value = valueOf(message.body);
      const body = await bodies.encode(value);
      const event = attributesOf(message);
      return envelope.mode === "binary" ? binary(message, event, body) : structured(message, event, value, body);
    },
    async decode(delivery) {
      const body = bytesOf(delivery.body);
      const contentType = headerOf(delivery.headers, "content-type") ?? "";
      const type = contentType.toLowerCase();
      const found = eventHeaders(delivery.headers, binding.percent);
      if (type.startsWith("application/cloudevents-batch")) return problem(delivery, "it is a batch of CloudEvents, which no broker's binding has");
      if (Object.keys(found).length > 0 && !type.startsWith("application/cloudevents")) {
        const event = { ...found, ...(contentType === "" ? {} : { datacontenttype: contentType }) };
        const lacking = lack(event);
        return lacking === null ? await withData(delivery, event, body) : problem(delivery, lacking);
      }
      // Without headers, as on Redis and from simple producers, the body says what it is.
      const json = jsonOf(body);
      if (isJsonObject(json) && (type.startsWith("application/cloudevents") || json["specversion"] !== undefined)) return await fromStructured(delivery, json);
      return problem(delivery, "it has neither headers of a CloudEvent nor is its body one");
    },
  };
}

const problem = (delivery: Delivery, said: string): Delivery => ({ ...delivery, body: bytesOf(delivery.body), content: { is: "problem", problem: said } });

const REQUIRED = ["specversion", "id", "source", "type"];
/** Which no attribute may hold: source and id together say which event it is. */
const CONTROL = /\p{Cc}/u;

/** Why it is no event; null: it is one. */
function lack(event: Readonly<Record<string, string>>): string | null {
  const missing = REQUIRED.find((name) => (event[name] ?? "") === "");
  if (missing !== undefined) return `it is a CloudEvent without \`${missing}\``;
  const unclear = REQUIRED.find((name) => CONTROL.test(event[name] ?? ""));
  if (unclear !== undefined) return `\`${unclear}\` of the CloudEvent holds a control character`;
  return (event["specversion"] ?? "").startsWith("1.") ? null : `it is a CloudEvent of version ${event["specversion"]}, and 1.0 is read`;
}

function jsonOf(body: Uint8Array): Json {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

function headerOf(headers: Delivery["headers"], name: string): string | undefined {
  const key = Object.keys(headers).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : headers[key];
}

/** Headers of the message itself. */
const withoutEvent = (headers: Delivery["headers"]): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(?:ce[-_]|content-type$)/i.test(name)));

/** What a header of HTTP holds: printable ASCII but for space, quote and percent stands as it is. */
const percentEncoded = (value: string): string => value.toWellFormed().replaceAll(/[^\x21\x23\x24\x26-\x7e]/gu, (one) => [...new TextEncoder().encode(one)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));

import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import type { Clock } from "../../../core/ports/clock.js";
import type { RegistryConnection } from "../../../core/registry.js";
import type { SchemaText } from "../codec.js";
import { openLink, RegistryAway, type Refusal } from "./ask.js";

/** A schema as a version of a subject. */
export interface Version {
  readonly id: number;
  readonly version: number;
  readonly text: SchemaText;
}

/** What flows ask of a schema registry. All reject with RegistryAway while it is away, and with FC6061 where it refuses flowctl. */
export interface Registry extends AsyncDisposable {
  readonly where: string;
  /** By its number or GUID, kept for ever: an id never means another schema. Null: it has none of it. */
  schema(id: number | string): Promise<SchemaText | null>;
  /** The id under which the subject has it. Null: it does not. */
  find(subject: string, text: SchemaText): Promise<number | null>;
  /** Puts it there; what is there already keeps its id. `refused`: it does not go with what is there, or is none. */
  register(subject: string, text: SchemaText): Promise<number | { readonly refused: string }>;
  /** Null: there is no such subject. */
  latest(subject: string): Promise<Version | null>;
  /** Why it does not go with the subject's last version, as the registry holds it; empty: it does. */
  incompatible(subject: string, text: SchemaText): Promise<readonly string[]>;
  /** `BACKWARD`, `NONE` …: what it holds new versions of the subject to. */
  level(subject: string): Promise<string>;
}

/** How long an id that the registry does not know is not asked for again. */
const UNKNOWN_MS = 5000;
/** Schemas of schemas of …: circles are none of a registry. */
const MOST_REFERENCES = 32;

export function openRegistry(connection: RegistryConnection, clock: Pick<Clock, "monotonic">): Registry {
  const link = openLink(connection);
  const schemas = new Map<number | string, Promise<SchemaText | null>>();
  const unknown = new Map<number | string, number>();

  async function get(path: string): Promise<Json | null> {
    const { answer, refused } = both(await link.ask("GET", path));
    if (refused === null) return answer;
    if (refused.status === 404) return null;
    throw new RegistryAway(`the schema registry at ${link.where} refuses \`${path}\`: ${refused.message}`);
  }
  async function textOf(answer: Json, depth = 0): Promise<SchemaText> {
    const { schema, schemaType = "AVRO", references = [] } = isJsonObject(answer) ? answer : {};
    if (typeof schema !== "string" || (schemaType !== "AVRO" && schemaType !== "PROTOBUF" && schemaType !== "JSON")) throw new RegistryAway(`the schema registry at ${link.where} answers with no schema`);
    const list = Array.isArray(references) ? references.filter(isJsonObject) : [];
    if (list.length > 0 && depth > MOST_REFERENCES) throw new RegistryAway("the references of a schema go in a circle");
    return { schemaType, schema, references: await Promise.all(list.map(async ({ name, subject, version }) => ({ name: String(name), text: await versionText(String(subject), Number(version), depth + 1) }))) };
  }
  async function versionText(subject: string, version: number, depth: number): Promise<SchemaText> {
    const answer = await get(`${ofSubject(subject)}/versions/${version}`);
    if (answer === null) throw new RegistryAway(`the schema registry at ${link.where} has no version ${version} of \`${subject}\``);
    return await textOf(answer, depth);
  }
  async function load(id: number | string): Promise<SchemaText | null> {
    const answer = await get(typeof id === "number" ? `schemas/ids/${id}` : `schemas/guids/${id}`);
    if (answer !== null) return await textOf(answer);
    schemas.delete(id);
    unknown.set(id, clock.monotonic());
    return null;
  }

  return {
    where: link.where,
    schema(id) {
      const known = schemas.get(id);
      if (known !== undefined) return known;
      const since = unknown.get(id);
      if (since !== undefined && clock.monotonic() - since < UNKNOWN_MS) return Promise.resolve(null);
      unknown.delete(id);
      const asked = load(id);
      schemas.set(id, asked);
      // What failed is asked for again.
      asked.catch(() => schemas.delete(id));
      return asked;
    },
    async find(subject, text) {
      const { answer, refused } = both(await link.ask("POST", ofSubject(subject), bodyOf(text)));
      if (refused === null) return idIn(answer);
      // 40401: no such subject; 40403: not this schema.
      if (refused.status === 404) return null;
      throw new RegistryAway(`the schema registry at ${link.where} cannot look up \`${subject}\`: ${refused.message}`);
    },
    async register(subject, text) {
      const { answer, refused } = both(await link.ask("POST", `${ofSubject(subject)}/versions`, bodyOf(text)));
      return refused === null ? (idIn(answer) ?? { refused: "it answers without an id" }) : { refused: refused.message };
    },
    async latest(subject) {
      const answer = await get(`${ofSubject(subject)}/versions/latest`);
      if (!isJsonObject(answer)) return null;
      return { id: idIn(answer) ?? 0, version: Number(answer["version"]), text: await textOf(answer) };
    },
    async incompatible(subject, text) {
      const { answer, refused } = both(await link.ask("POST", `compatibility/${ofSubject(subject)}/versions/latest?verbose=true`, bodyOf(text)));
      if (refused !== null) return refused.status === 404 ? [] : [refused.message];
      const { is_compatible: fits, messages } = isJsonObject(answer) ? answer : {};
      if (fits === true) return [];
      const said = Array.isArray(messages) ? messages.filter((one) => typeof one === "string") : [];
      return said.length === 0 ? ["the registry says no more"] : said;
    },
    async level(subject) {
      const answer = await get(`config/${encodeURIComponent(subject)}?defaultToGlobal=true`);
      const level = isJsonObject(answer) ? answer["compatibilityLevel"] : undefined;
      return typeof level === "string" ? level : "NONE";
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}

const ofSubject = (subject: string): string => `subjects/${encodeURIComponent(subject)}`;
const bodyOf = ({ schema, schemaType }: SchemaText): JsonObject => ({ schema, schemaType });
const both = (asked: { readonly answer: Json } | { readonly refused: Refusal }): { readonly answer: Json; readonly refused: Refusal | null } => ("refused" in asked ? { answer: null, refused: asked.refused } : { ...asked, refused: null });

function idIn(answer: Json): number | null {
  const id = isJsonObject(answer) ? answer["id"] : undefined;
  return typeof id === "number" && Number.isSafeInteger(id) ? id : null;
}

import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import type { Clock } from "../../../core/ports/clock.js";
import type { RegistryConnection } from "../../../core/registry.js";
import { type SchemaText, Undecodable } from "../codec.js";
import { NotLetIn, openLink, type Refusal } from "./ask.js";
import { RegistryAway } from "./away.js";

/** A version of a subject that a schema does not go with. */
export interface Incompatible {
  readonly version: number;
  readonly reasons: readonly string[];
}

/** What flows ask of a schema registry. All reject with RegistryAway while it is away, and with FC6061 where it refuses flowctl. */
export interface Registry extends AsyncDisposable {
  readonly where: string;
  /** By its number or GUID, kept for ever: an id never means another schema. Null: it has none of it. Rejects with Undecodable for one that nothing can be read by. */
  schema(id: number | string): Promise<SchemaText | null>;
  /** The id under which the subject has it. Null: it does not. */
  find(subject: string, text: SchemaText): Promise<number | null>;
  /** Puts it there; what is there already keeps its id. `refused`: it does not go with what is there, or is none. */
  register(subject: string, text: SchemaText): Promise<number | { readonly refused: string }>;
  /** The last version that it does not go with, as the registry holds it: of the last one, or at a transitive level of all. Null: it goes. */
  incompatible(subject: string, text: SchemaText): Promise<Incompatible | null>;
  /** `BACKWARD`, `NONE` …: what it holds new versions of the subject to. */
  level(subject: string): Promise<string>;
}

/** How long an id that the registry does not know is not asked for again. */
const UNKNOWN_MS = 5000;
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
  /** `known` are versions that it names; null: their text is being read. */
  async function textOf(answer: Json, known = new Map<string, SchemaText | null>()): Promise<SchemaText> {
    const { schema, schemaType = "AVRO", references = [] } = isJsonObject(answer) ? answer : {};
    if (typeof schema !== "string") throw new RegistryAway(`the schema registry at ${link.where} answers with no schema`);
    if (schemaType !== "AVRO" && schemaType !== "PROTOBUF" && schemaType !== "JSON") throw new Undecodable(`its schema is ${String(schemaType)}, which is not read`);
    const texts: SchemaText["references"][number][] = [];
    for (const { name, subject, version } of Array.isArray(references) ? references.filter(isJsonObject) : []) texts.push({ name: String(name), text: await versionText(String(subject), Number(version), known) });
    return { schemaType, schema, references: texts };
  }
  async function versionText(subject: string, version: number, known: Map<string, SchemaText | null>): Promise<SchemaText> {
    const path = `${ofSubject(subject)}/versions/${version}`;
    const there = known.get(path);
    if (there === null) throw new Undecodable("the references of its schema go in a circle");
    if (there !== undefined) return there;
    known.set(path, null);
    const answer = await get(path);
    if (answer === null) throw new RegistryAway(`the schema registry at ${link.where} has no version ${version} of \`${subject}\``);
    const text = await textOf(answer, known);
    known.set(path, text);
    return text;
  }
  async function load(id: number | string): Promise<SchemaText | null> {
    try {
      const answer = await get(typeof id === "number" ? `schemas/ids/${id}` : `schemas/guids/${id}`);
      if (answer !== null) return await textOf(answer);
    } catch (thrown) {
      // Who sends the id of somebody else's schema does not end the process.
      if (thrown instanceof NotLetIn && thrown.status === 403) throw new Undecodable(`the registry does not let flowctl read schema ${id} (403)`);
      throw thrown;
    }
    schemas.delete(id);
    // Whoever publishes may name any: those that are asked for again anyway are forgotten, the oldest first.
    for (const [one, since] of unknown) {
      if (clock.monotonic() - since < UNKNOWN_MS) break;
      unknown.delete(one);
    }
    unknown.set(id, clock.monotonic());
    return null;
  }
  /** Older registries know no `defaultToGlobal`, and have no level for a subject that has none of its own. */
  async function level(subject: string): Promise<string> {
    const answer = (await get(`config/${encodeURIComponent(subject)}?defaultToGlobal=true`)) ?? (await get("config"));
    const said = isJsonObject(answer) ? answer["compatibilityLevel"] : undefined;
    return typeof said === "string" ? said : "NONE";
  }
  async function reasonsAgainst(subject: string, version: number, text: SchemaText): Promise<readonly string[]> {
    const { answer, refused } = both(await link.ask("POST", `compatibility/${ofSubject(subject)}/versions/${version}?verbose=true`, bodyOf(text)));
    if (refused !== null) return refused.status === 404 ? [] : [refused.message];
    const { is_compatible: fits, messages } = isJsonObject(answer) ? answer : {};
    if (fits === true) return [];
    const said = Array.isArray(messages) ? messages.filter((one) => typeof one === "string") : [];
    return said.length === 0 ? ["the registry says no more"] : said;
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
    async incompatible(subject, text) {
      const answer = await get(`${ofSubject(subject)}/versions`);
      const versions = Array.isArray(answer) ? answer.filter((one) => typeof one === "number").toSorted((a, b) => b - a) : [];
      // A registry looks at the one version that it is asked about, whatever the level says.
      const asked = (await level(subject)).endsWith("_TRANSITIVE") ? versions : versions.slice(0, 1);
      for (const version of asked) {
        const reasons = await reasonsAgainst(subject, version, text);
        if (reasons.length > 0) return { version, reasons };
      }
      return null;
    },
    level,
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

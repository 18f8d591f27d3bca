import { parseProto } from "./parse.js";
import { ProtoProblem, SCALARS, type ProtoEnum, type ProtoField, type ProtoFile, type ProtoMessage } from "./proto-file.js";
import { WELL_KNOWN, wellKnownFile } from "./well-known.js";

/** A file and all that it imports, but for those of Protobuf itself; names of types are full, with a dot before them. */
export interface ProtoSet {
  /** By import path, the files that others import before these; the last is the file itself. */
  readonly files: ReadonlyMap<string, ProtoFile>;
  readonly messages: ReadonlyMap<string, LinkedMessage>;
  readonly enums: ReadonlyMap<string, ProtoEnum>;
  /** Full names of the messages of the file itself, with what leads to each: its place in the file, then in the message around it. */
  readonly own: ReadonlyMap<string, readonly number[]>;
}

export interface LinkedMessage extends ProtoMessage {
  readonly syntax: ProtoFile["syntax"];
}

const MOST_FILES = 200;

/** `read` gives the text of an import. Throws ProtoProblem. */
export function linkProto(path: string, text: string, read: (path: string) => string | null): ProtoSet {
  const parsed = new Map<string, ProtoFile>();
  const load = (name: string, source: string, from: readonly string[]): void => {
    if (from.includes(name)) throw new ProtoProblem(`\`${name}\` imports itself`);
    if (parsed.size > MOST_FILES) throw new ProtoProblem("it imports too many files");
    const file = parseProto(source);
    for (const one of file.imports) {
      if (parsed.has(one) || wellKnownFile(one)) continue;
      const found = read(one);
      if (found === null) throw new ProtoProblem(`there is no file \`${one}\`, which it imports`);
      load(one, found, [...from, name]);
    }
    parsed.set(name, file);
  };
  load(path, text, []);

  const messages = new Map<string, LinkedMessage>();
  const enums = new Map<string, ProtoEnum>();
  const own = new Map<string, readonly number[]>();
  for (const [name, file] of parsed) collect(file, file.package, file.messages, file.enums, name === path ? [] : null);
  function collect(file: ProtoFile, space: string, inside: readonly ProtoMessage[], listed: readonly ProtoEnum[], index: readonly number[] | null): void {
    for (const one of listed) enums.set(dotted(space, one.name), one);
    for (const [at, message] of inside.entries()) {
      const name = dotted(space, message.name);
      if (messages.has(name)) throw new ProtoProblem(`\`${name}\` is defined twice`);
      messages.set(name, { ...message, syntax: file.syntax });
      if (index !== null) own.set(name, [...index, at]);
      collect(file, name, message.messages, message.enums, index === null ? null : [...index, at]);
    }
  }

  const known = (name: string): boolean => messages.has(name) || enums.has(name) || WELL_KNOWN.has(name);
  function typeOf(type: string, scope: string): string {
    if (SCALARS.has(type)) return type;
    if (type.startsWith(".")) {
      if (known(type.slice(1))) return type;
    } else {
      for (let space = scope; ; space = space.includes(".") ? space.slice(0, space.lastIndexOf(".")) : "") {
        const name = dotted(space, type);
        if (known(name)) return `.${name}`;
        if (space === "") break;
      }
    }
    throw new ProtoProblem(`there is no type \`${type}\` for \`${scope}\``);
  }
  const linkedFields = (fields: readonly ProtoField[], scope: string): readonly ProtoField[] => fields.map((field) => ({ ...field, type: typeOf(field.type, scope) }));
  const linkedMessage = (message: ProtoMessage, space: string): ProtoMessage => {
    const name = dotted(space, message.name);
    return { ...message, fields: linkedFields(message.fields, name), messages: message.messages.map((inner) => linkedMessage(inner, name)) };
  };
  for (const [name, message] of messages) messages.set(name, { ...message, fields: linkedFields(message.fields, name) });
  return {
    files: new Map([...parsed].map(([name, file]) => [name, { ...file, messages: file.messages.map((message) => linkedMessage(message, file.package)) }])),
    messages,
    enums,
    own,
  };
}

const dotted = (space: string, name: string): string => (space === "" ? name : `${space}.${name}`);

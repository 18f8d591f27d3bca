import { ProtoProblem, type ProtoEnum, type ProtoField, type ProtoFile, type ProtoMessage } from "./proto-file.js";
import { tokensOf, type Token } from "./tokens.js";

/** Throws ProtoProblem for what is no .proto file, or of a kind that is not known here (editions, groups). */
export function parseProto(text: string): ProtoFile {
  const at = new Cursor(tokensOf(text));
  let syntax: ProtoFile["syntax"] = "proto2";
  let space = "";
  const imports: string[] = [];
  const messages: ProtoMessage[] = [];
  const enums: ProtoEnum[] = [];
  while (!at.done()) {
    const word = at.next().value;
    switch (word) {
      case ";":
        break;
      case "syntax": {
        at.take("=");
        const { value } = at.next();
        if (value !== "proto2" && value !== "proto3") throw at.problem(`the syntax \`${value}\` is not known`);
        syntax = value;
        at.take(";");
        break;
      }
      case "edition":
        throw at.problem("editions are not supported: write `syntax = \"proto3\"`");
      case "package":
        space = at.path();
        at.take(";");
        break;
      case "import":
        if (at.peek().is === "name") at.next(); // public, weak
        imports.push(at.next().value);
        at.take(";");
        break;
      case "message":
        messages.push(messageOf(at, syntax));
        break;
      case "enum":
        enums.push(enumOf(at));
        break;
      case "option":
        at.statement();
        break;
      case "service":
      case "extend":
        at.path();
        at.block();
        break;
      default:
        throw at.problem(`\`${word}\` is not understood`);
    }
  }
  return { package: space, syntax, imports, messages, enums };
}

/** Reads tokens one by one. */
class Cursor {
  #at = 0;
  readonly #tokens: readonly Token[];
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }
  done(): boolean {
    return this.#at >= this.#tokens.length;
  }
  peek(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.problem("it ends in the middle");
    return token;
  }
  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }
  /** True, and over it, where it stands there. */
  skips(value: string): boolean {
    const is = !this.done() && this.peek().value === value && this.peek().is !== "text";
    if (is) this.#at += 1;
    return is;
  }
  take(value: string): void {
    if (!this.skips(value)) throw this.problem(`\`${value}\` is missing before \`${this.done() ? "the end" : this.peek().value}\``);
  }
  name(): string {
    const token = this.next();
    if (token.is !== "name") throw this.problem(`\`${token.value}\` is no name`);
    return token.value;
  }
  /** `.shop.Order` */
  path(): string {
    let path = this.skips(".") ? "." : "";
    for (;;) {
      path += this.name();
      if (!this.skips(".")) return path;
      path += ".";
    }
  }
  whole(): number {
    const sign = this.skips("-") ? -1 : 1;
    const { value } = this.next();
    const number = /^0[0-7]+$/.test(value) ? Number.parseInt(value, 8) : Number(value);
    if (!Number.isSafeInteger(number)) throw this.problem(`\`${value}\` is no whole number`);
    return sign * number;
  }
  /** The rest of a statement, whatever stands in it. */
  statement(): void {
    for (let depth = 0; ; ) {
      const { value, is } = this.next();
      if (is === "text") continue;
      if (value === "{") depth += 1;
      else if (value === "}") depth -= 1;
      else if (value === ";" && depth === 0) return;
    }
  }
  block(): void {
    this.take("{");
    for (let depth = 1; depth > 0; ) {
      const { value, is } = this.next();
      if (is !== "text") depth += value === "{" ? 1 : value === "}" ? -1 : 0;
    }
  }
  problem(said: string): ProtoProblem {
    return new ProtoProblem(`line ${(this.#tokens[this.#at - 1] ?? this.#tokens[0])?.line ?? 1}: ${said}`);
  }
}

function messageOf(at: Cursor, syntax: ProtoFile["syntax"]): ProtoMessage {
  const name = at.name();
  const fields: ProtoField[] = [];
  const oneofs: string[] = [];
  const messages: ProtoMessage[] = [];
  const enums: ProtoEnum[] = [];
  at.take("{");
  while (!at.skips("}")) {
    const { value } = at.peek();
    if (at.skips(";")) continue;
    if (value === "message" || value === "enum" || value === "oneof" || value === "extend" || value === "option" || value === "reserved" || value === "extensions") {
      at.next();
      if (value === "message") messages.push(messageOf(at, syntax));
      else if (value === "enum") enums.push(enumOf(at));
      else if (value === "oneof") {
        oneofs.push(at.name());
        at.take("{");
        while (!at.skips("}")) {
          if (at.skips("option")) at.statement();
          else fields.push({ ...fieldOf(at, "none"), oneof: oneofs.length - 1 });
        }
      } else if (value === "extend") {
        at.path();
        at.block();
      } else at.statement();
      continue;
    }
    const label = value === "optional" || value === "required" || value === "repeated" ? value : "none";
    if (label !== "none") at.next();
    if (label === "none" && syntax === "proto2" && at.peek().value !== "map") throw at.problem(`a field of \`${name}\` has no label, as proto2 wants it`);
    fields.push(fieldOf(at, label));
  }
  return { name, fields, oneofs, messages, enums };
}

function fieldOf(at: Cursor, label: ProtoField["label"]): ProtoField {
  if (at.peek().value === "group") throw at.problem("groups are not supported: write a message");
  let key: string | undefined;
  let type: string;
  if (at.skips("map")) {
    at.take("<");
    key = at.name();
    at.take(",");
    type = at.path();
    at.take(">");
  } else type = at.path();
  const name = at.name();
  if (name === "__proto__") throw at.problem("no field can be called `__proto__`");
  at.take("=");
  const number = at.whole();
  const options = at.skips("[") ? optionsOf(at) : new Map<string, string>();
  at.take(";");
  const jsonName = options.get("json_name");
  const packed = options.get("packed");
  return { name, number, label: key === undefined ? label : "repeated", type, ...(key === undefined ? {} : { key }), ...(jsonName === undefined ? {} : { jsonName }), ...(packed === undefined ? {} : { packed: packed === "true" }) };
}

/** `[default = 5, (my.option) = { a: 1 }]` */
function optionsOf(at: Cursor): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  do {
    let name = "";
    while (at.peek().value !== "=") name += at.next().value;
    at.take("=");
    if (at.peek().value === "{") at.block();
    else {
      const sign = at.skips("-") ? "-" : "";
      let { value } = at.next();
      while (at.peek().is === "text") value += at.next().value;
      options.set(name, sign + value);
    }
  } while (at.skips(","));
  at.take("]");
  return options;
}

function enumOf(at: Cursor): ProtoEnum {
  const name = at.name();
  const values: { readonly name: string; readonly number: number }[] = [];
  let alias = false;
  at.take("{");
  while (!at.skips("}")) {
    if (at.skips(";")) continue;
    if (at.peek().value === "reserved") at.statement();
    else if (at.skips("option")) {
      alias ||= at.peek().value === "allow_alias";
      at.statement();
    } else {
      const value = at.name();
      at.take("=");
      values.push({ name: value, number: at.whole() });
      if (at.skips("[")) optionsOf(at);
      at.take(";");
    }
  }
  if (values.length === 0) throw at.problem(`the enum \`${name}\` has no values`);
  return { name, values, alias };
}

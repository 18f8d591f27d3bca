import { ProtoProblem } from "./proto-file.js";

export interface Token {
  readonly is: "name" | "number" | "text" | "sign";
  readonly value: string;
  readonly line: number;
}

const PATTERN = /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<sign>[{}[\]()<>;=,.:+/-])/y;

/** Throws ProtoProblem for what is no text of a .proto file. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  PATTERN.lastIndex = 0;
  for (let at = 0; at < text.length; at = PATTERN.lastIndex) {
    PATTERN.lastIndex = at;
    const groups = PATTERN.exec(text)?.groups;
    if (groups === undefined) throw new ProtoProblem(`line ${line}: \`${text.slice(at, at + 12).split("\n")[0]}\` is not understood`);
    const { space, name, number, text: quoted, sign } = groups;
    if (name !== undefined) tokens.push({ is: "name", value: name, line });
    else if (number !== undefined) tokens.push({ is: "number", value: number, line });
    else if (quoted !== undefined) tokens.push({ is: "text", value: quoted.slice(1, -1).replaceAll(/\\(["'\\])/g, "$1"), line });
    else if (sign !== undefined) tokens.push({ is: "sign", value: sign, line });
    line += (space ?? "").split("\n").length - 1;
  }
  return tokens;
}

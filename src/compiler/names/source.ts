import { dirname, isAbsolute, join } from "node:path";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { SourceFile } from "../parse/tree.js";
import { parseYaml } from "../parse/parse.js";
import type { FlowFile } from "../shape/ast.js";
import { shapeFlowFile } from "../shape/shape.js";

/** Reads a text file; null when there is none. The compiler reads files by this port only (I43). */
export type ReadFile = (path: string) => string | null;

/** A file after parse and shape. */
export interface ShapedSource {
  readonly source: SourceFile;
  readonly documents: readonly FlowFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** It has errors. */
  readonly broken: boolean;
  /** A document is not here because of an error: what is not found may stand in it. */
  readonly lost: boolean;
}

/** Each file once, whoever asks for it. */
export interface Sources {
  /** Null when the file is not there. */
  get(path: string): ShapedSource | null;
  /** Takes a text as if it had been read. */
  put(source: SourceFile): ShapedSource;
  all(): readonly ShapedSource[];
  /** Prompts, schemas and modules: read once too. */
  text(path: string): string | null;
  texts(): readonly SourceFile[];
}

export function makeSources(read: ReadFile): Sources {
  const shaped = new Map<string, ShapedSource | null>();
  const texts = new Map<string, string | null>();
  const put = (source: SourceFile): ShapedSource => {
    const done = shapeSource(source);
    shaped.set(source.path, done);
    return done;
  };
  return {
    get(path) {
      const known = shaped.get(path);
      if (known !== undefined) return known;
      const text = read(path);
      if (text !== null) return put({ path, text });
      shaped.set(path, null);
      return null;
    },
    put,
    all: () => [...shaped.values()].filter((one) => one !== null),
    text(path) {
      let text = texts.get(path);
      if (text === undefined) texts.set(path, (text = read(path)));
      return text;
    },
    texts: () => [...texts].flatMap(([path, text]) => (text === null ? [] : [{ path, text }])),
  };
}

function shapeSource(source: SourceFile): ShapedSource {
  const { documents, diagnostics, complete } = parseYaml(source);
  const shaped = documents.map((document) => shapeFlowFile(document, source));
  const found = [...diagnostics, ...shaped.flatMap((one) => one.diagnostics)];
  return {
    source,
    documents: shaped.flatMap(({ file }) => (file === null ? [] : [file])),
    diagnostics: found,
    broken: found.some(({ severity }) => severity === "error"),
    lost: !complete || shaped.some(({ file }) => file === null),
  };
}

/** A path as it stands in a file is relative to that file. */
export const besideFile = (from: string, path: string): string => (isAbsolute(path) ? path : join(dirname(from), path));

// What a command may not need is loaded at its first use. The sources import it statically, as a library does; in the
// bundle of the command these modules stand in its place.
const WRITTEN = {
  // Built as files of their own (scripts/build.mjs): a bundle that holds them is read as a whole at each start.
  "ajv/dist/2020.js": 'export function Ajv2020(options) { return new (require("./ajv.cjs").Ajv2020)(options); }',
  re2js: 'export const RE2JS = { compile: (...all) => require("./re2js.cjs").RE2JS.compile(...all), translateRegExp: (pattern) => require("./re2js.cjs").RE2JS.translateRegExp(pattern) };',
  // Of CEL only the parser is used; `Environment` registers some two hundred functions, operators and types before it parses.
  // Its macros are turned into our tree by src/expr/syntax/convert.ts.
  "@marcbachmann/cel-js": `
    import { Parser } from "./node_modules/@marcbachmann/cel-js/lib/parser.js";
    export { ParseError } from "./node_modules/@marcbachmann/cel-js/lib/errors.js";
    const registry = { enableOptionalTypes: true, findMacro: () => undefined };
    export class Environment {
      constructor({ limits }) { this.parser = new Parser(limits, registry); }
      parse(text) { return { ast: this.parser.parse(text) }; }
    }`,
  // Of YAML only tokens are read by most commands; its documents, schemas and printing are most of the package.
  yaml: `
    exports.Lexer = require("./node_modules/yaml/dist/parse/lexer.js").Lexer;
    exports.Parser = require("./node_modules/yaml/dist/parse/parser.js").Parser;
    exports.parse = (...all) => require("./yaml.cjs").parse(...all);
    exports.parseDocument = (...all) => require("./yaml.cjs").parseDocument(...all);
    exports.Document = function (...all) { return new (require("./yaml.cjs").Document)(...all); };
    exports.LineCounter = function () { return new (require("./yaml.cjs").LineCounter)(); };`,
  // Loads all of OpenSSL's classes.
  "node:crypto": 'const crypto = () => process.getBuiltinModule("node:crypto"); export const hash = (...all) => crypto().hash(...all); export const createHash = (...all) => crypto().createHash(...all); export const randomBytes = (...all) => crypto().randomBytes(...all);',
  "node:process": "module.exports = process;",
  // Commander imports it for subcommands that are programs of their own, which flowctl has none of.
  "node:child_process": 'export default { spawn: (...all) => process.getBuiltinModule("node:child_process").spawn(...all) };',
};
/** An import statement makes Node read every property of a built-in module: that loads the streams behind node:fs, and more behind node:util. */
const builtin = (path) => `module.exports = process.getBuiltinModule("${path}");`;

export const lazyModules = {
  name: "lazy-modules",
  setup(build) {
    build.onResolve({ filter: /^(node:.*|ajv\/dist\/2020\.js|re2js|yaml|@marcbachmann\/cel-js)$/ }, ({ path, namespace, importer, kind }) => {
      if (namespace === "lazy" || kind !== "import-statement") return undefined;
      if (path === "yaml" && !importer.includes("/src/")) return undefined;
      if (path === "node:child_process" && !importer.includes("/commander/")) return undefined;
      if (path === "node:crypto" && !importer.includes("/src/")) return { path, external: true };
      return { path, namespace: "lazy" };
    });
    build.onResolve({ filter: /^\.\/(ajv|re2js|yaml)\.cjs$/ }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({ contents: WRITTEN[path] ?? builtin(path), resolveDir: process.cwd() }));
  },
};

/** What plain validation seldom comes to is a file of the whole command, and what it never comes to is left out. */
export const SELDOM = "unusable-models";
export const validateAlone = {
  name: "validate-alone",
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, kind, namespace }) => {
      if (namespace === "elsewhere") return { path, external: true };
      return kind === "dynamic-import" ? { path, namespace: "elsewhere" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "elsewhere" }, ({ path }) => ({ contents: path === `./${SELDOM}.js` ? `module.exports = require("${path}");` : `throw new Error("${path} is no part of this bundle");` }));
  },
};

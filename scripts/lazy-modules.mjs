// What a command may not need is loaded at its first use. The sources import it statically, as a library does; in the
// bundle of the command these modules stand in its place.
const WRITTEN = {
  "ajv/dist/2020.js": 'export function Ajv2020(options) { return new (require("ajv/dist/2020.js").Ajv2020)(options); }',
  re2js: 'export const RE2JS = { compile: (...all) => require("re2js").RE2JS.compile(...all), translateRegExp: (pattern) => require("re2js").RE2JS.translateRegExp(pattern) };',
  // An import statement makes Node read every property of a built-in module: that loads the streams behind node:fs.
  "node:fs": 'module.exports = process.getBuiltinModule("node:fs");',
  "node:process": "module.exports = process;",
};
/** Commander imports it for subcommands that are programs of their own, which flowctl has none of. */
const CHILD_PROCESS = 'export default { spawn: (...all) => process.getBuiltinModule("node:child_process").spawn(...all) };';

export const lazyModules = {
  name: "lazy-modules",
  setup(build) {
    build.onResolve({ filter: /^(ajv\/dist\/2020\.js|re2js|node:fs|node:process|node:child_process)$/ }, ({ path, namespace, importer, kind }) => {
      if (namespace === "lazy" || kind !== "import-statement") return undefined;
      if (path === "node:child_process" && !importer.includes("/commander/")) return undefined;
      return { path, namespace: "lazy" };
    });
    build.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({ contents: WRITTEN[path] ?? CHILD_PROCESS, resolveDir: process.cwd() }));
  },
};

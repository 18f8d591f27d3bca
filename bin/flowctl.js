#!/usr/bin/env node
// Kept to what Node 18 can parse: an older Node gets one clear line instead of a syntax error.
import * as nodeModule from "node:module";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(`flowctl needs Node.js 24 or newer; this is ${process.versions.node}.\n  hint: install it from https://nodejs.org or with a version manager (\`nvm install 24\`), so that \`node\` on the path is that one\n`);
  process.exitCode = 2;
} else {
  const { directory } = nodeModule.enableCompileCache();
  const done = process.argv[2] === "validate" && (await validate(directory));
  if (!done) {
    // V8 decides once, while its young space is as small as the runs of one moment, that what a run makes lives long, and
    // puts it into the old space from then on: dead there, it keeps alive what it refers to in the young one. Without that
    // a collection takes a third of the time, with 64 runs at once.
    process.getBuiltinModule("node:v8").setFlagsFromString("--no-allocation-site-pretenuring");
    await import("../dist/cli/cli.js");
  }
}

/**
 * To check one flow is most often the whole of a command, and most of its time goes into compiling functions at their
 * first call, which Node's compile cache does not hold: here a cache that does stands beside it, for one file.
 */
async function validate(caches) {
  const fs = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const filename = nodeModule.createRequire(import.meta.url).resolve("../dist/cli/validate.cjs");
  const source = fs.readFileSync(filename, "latin1");
  // V8 holds a cache against the length of its source alone: the name has the hash that the build put in front.
  const cache = caches && `${caches}/flowctl-${source.slice(2, 34)}`;
  let cachedData;
  try {
    cachedData = cache && fs.readFileSync(cache);
  } catch {
    // The first run.
  }
  const script = new Script(source, { filename, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module, nodeModule.createRequire(filename));
  const exit = await module.exports.validateAlone(process.argv.slice(3));
  if (exit === null) return false;
  process.exitCode = exit;
  if (cache && exit < 2 && (cachedData === undefined || script.cachedDataRejected)) {
    try {
      fs.mkdirSync(caches, { recursive: true });
      fs.writeFileSync(`${cache}.${process.pid}`, script.createCachedData());
      fs.renameSync(`${cache}.${process.pid}`, cache);
    } catch {
      // A cache that cannot be written costs time, no more.
    }
  }
  return true;
}

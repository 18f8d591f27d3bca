#!/usr/bin/env node
// Kept to what Node 18 can parse: an older Node gets one clear line instead of a syntax error.
import * as nodeModule from "node:module";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(`flowctl needs Node.js 24 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  nodeModule.enableCompileCache();
  await import("../dist/cli/cli.js");
}

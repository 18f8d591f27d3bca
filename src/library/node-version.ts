/** What the library is written for; also in package.json's `engines`, which npm only warns of. */
const OLDEST = 24;

// The first import of the library: an older Node gets this sentence, not the first thing that it does not have.
if (Number(process.versions.node.split(".")[0]) < OLDEST) {
  throw new Error(`flowctl needs Node.js ${OLDEST} or newer; this is ${process.versions.node}. Install it from https://nodejs.org, and run the program with it.`);
}

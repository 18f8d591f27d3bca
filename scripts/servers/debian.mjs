// Debian's packages unpacked into a folder, with what they need and the machine has not; nobody has to be root.
import { globSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Missing, cached, onPath } from "./cache.mjs";
import { run } from "./run.mjs";

/** `find(pattern)`: a file of the packages, or null. `env`: with it their programs find their libraries. */
export async function debian(name, packages, onlyCached) {
  const folder = await cached(`${name}-debian`, onlyCached, (into) => {
    if (onPath("apt-get") === null || onPath("dpkg") === null) throw new Missing(`is not on this machine: install it, so that ${packages[0]} is on the path`);
    const lists = join(into, "lists");
    for (const part of ["state/lists/partial", "cache/archives/partial"]) mkdirSync(join(lists, part), { recursive: true });
    const options = [`Dir::State=${lists}/state`, "Dir::State::status=/var/lib/dpkg/status", `Dir::Cache=${lists}/cache`, "APT::Sandbox::User=", "Debug::NoLocking=true"].flatMap((option) => ["-o", option]);
    run("apt-get", [...options, "-q", "update"]);
    run("apt-get", [...options, "-q", "-y", "--no-install-recommends", "--download-only", "install", ...packages]);
    for (const file of globSync(join(lists, "cache", "archives", "*.deb"))) run("dpkg", ["-x", file, into]);
    rmSync(lists, { recursive: true });
  });
  const libraries = globSync([join(folder, "{usr/,}lib", "*-linux-gnu*")]).join(":");
  return {
    find: (pattern) => globSync(join(folder, pattern)).sort().at(-1) ?? null,
    env: { LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter((part) => part).join(":") },
  };
}

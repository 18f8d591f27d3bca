// Programs that were fetched once, for all working copies of this user.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** What cannot be had here, in one sentence with what to do. */
export class Missing extends Error {}

const CACHE = process.env.FLOWCTL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flowctl");

/** The folder of that name; when it is not there, `fill(folder)` fills it, in one piece: nobody sees half of it. */
export async function cached(name, onlyCached, fill) {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  if (onlyCached) throw new Missing(`is not on this machine: \`npm run servers -- up ${name.split("-")[0]}\` fetches it`);
  const part = `${folder}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  try {
    await fill(part);
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    // Somebody else was first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The program of that name on the path, or null. */
export function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "").map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? null;
}

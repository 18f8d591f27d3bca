import { hash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { InfraError } from "../core/errors.js";

/** Longer paths of sockets are refused by the system (EINVAL); macOS takes 103 bytes. */
const MOST_BYTES = 103;

/** One name for one file, whatever links lead to it. */
export function realDatabase(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/**
 * Where the process that serves a database listens (I24): a hash of the database's real path, in a folder of the OS's
 * temporary one that only this user can enter, so that nobody else can stand there in its place.
 */
export function controlSocketPath(database: string): string {
  const name = `${hash("sha256", database).slice(0, 24)}.sock`;
  const user = process.getuid?.() ?? "user";
  const path = join(tmpdir(), `flowctl-${user}`, name);
  return Buffer.byteLength(path) <= MOST_BYTES ? path : join("/tmp", `flowctl-${user}`, name);
}

/** The folder is ours alone, or the server does not start. */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw noFolder(folder, `cannot be made${error instanceof Error ? `: ${error.message}` : ""}`, error);
  }
  if (!isPrivate(folder, 0o077)) throw noFolder(folder, "belongs to somebody else, or others may enter it");
}

const noFolder = (folder: string, why: string, cause?: unknown): InfraError =>
  new InfraError("FC6020", `The folder \`${folder}\` of the control socket ${why}.`, { hint: "set TMPDIR to a folder that this user can write to and others cannot", cause });

/** Before a client speaks: whoever made the socket is this user. */
export const isOwn = (path: string): boolean => isPrivate(path, 0);

function isPrivate(path: string, forbidden: number): boolean {
  const { uid, mode } = lstatSync(path);
  const user = process.getuid?.();
  return (user === undefined || uid === user) && (mode & forbidden) === 0;
}

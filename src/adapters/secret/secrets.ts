import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InfraError } from "../../core/errors.js";
import type { SecretRef } from "../../core/expression.js";
import type { Secrets } from "../../core/ports/secret.js";
import { redactor } from "./redact.js";
import { credentialsIn } from "./credentials.js";
import { redactedStream, type RedactedStream } from "./redact-stream.js";

/** `redact` hides every value that was read so far: what is logged or printed goes through it. */
export interface KnownSecrets extends Secrets {
  /** One that was read, as it is now: at once, for a connection is being made. As it was, where its file is just being replaced. */
  latest(ref: SecretRef): string;
  redact(text: string): string;
  /** The same for text that comes in pieces. */
  redactedStream(): RedactedStream;
}

/**
 * Secrets from the environment and from files (`folder` is the project's; a file's last line break is not part of
 * the value). They are read when a connection is made, and for each further one, so that a rotated file is seen. An empty one counts as not set.
 */
export function openSecrets(options: { readonly env: Readonly<Record<string, string | undefined>>; readonly folder: string }): KnownSecrets {
  const known = new Set<string>();
  const last = new Map<string, string>();
  let redact = redactor(known);
  const remember = (ref: SecretRef, value: string): void => {
    last.set(keyOf(ref), value);
    if (known.has(value) || isPlainOrigin(value)) return;
    for (const secret of [value, ...credentialsIn(value)]) known.add(secret);
    redact = redactor(known);
  };
  return {
    async read(ref) {
      const value = await valueOf(ref, options);
      if (value === "") throw notSet(ref);
      remember(ref, value);
      return value;
    },
    latest(ref) {
      const value = ref.secret === "file" ? withoutBreak(textNow(resolve(options.folder, ref.name))) : "";
      if (value === "") return last.get(keyOf(ref)) ?? "";
      remember(ref, value);
      return value;
    },
    redact: (text) => redact(text),
    redactedStream: () => redactedStream(known, redact),
  };
}

async function valueOf(ref: SecretRef, { env, folder }: Parameters<typeof openSecrets>[0]): Promise<string> {
  if (ref.secret === "env") return env[ref.name] ?? "";
  if (ref.secret === "vault") {
    throw new InfraError("FC6001", `The secret \`\${vault:${ref.name}}\` cannot be read: vaults are not supported by this version.`, {
      hint: "Use `${env:NAME}` or `${file:PATH}`.",
    });
  }
  try {
    return withoutBreak(await readFile(resolve(folder, ref.name), "utf8"));
  } catch (cause) {
    throw notSet(ref, cause);
  }
}

/** A file as it is now; empty where it cannot be read, as in the moment in which it is replaced. */
export function textNow(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const withoutBreak = (text: string): string => text.replace(/\r?\n$/, "");

const keyOf = ({ secret, name }: SecretRef): string => `${secret}:${name}`;

function notSet(ref: SecretRef, cause?: unknown): InfraError {
  const hint = ref.secret === "env" ? `Set the environment variable \`${ref.name}\`.` : `Write the value into the file \`${ref.name}\`.`;
  return new InfraError("FC6001", `The secret \`\${${ref.secret}:${ref.name}}\` is not set.`, { hint, cause });
}

/** `http://127.0.0.1:8080`: addresses are often kept in variables too, and messages are of no use without them. */
const isPlainOrigin = (value: string): boolean => /^https?:\/\/[^/@?#\s]+\/?$/.test(value);

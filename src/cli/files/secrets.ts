import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { SecretRef } from "../../core/expression.js";

/** Whether a secret is there, without reading it into anything. */
export function isSecretSet({ secret, name }: SecretRef, folder: string): boolean {
  switch (secret) {
    case "env":
      return (process.env[name] ?? "") !== "";
    case "file":
      return existsSync(resolve(folder, name));
    case "vault":
      return false;
  }
}

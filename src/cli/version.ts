import { readFileSync } from "node:fs";

/** Two folders up both in the bundle (dist/cli) and in the sources (src/cli). */
const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

export const VERSION: string =
  typeof manifest === "object" && manifest !== null && "version" in manifest && typeof manifest.version === "string" ? manifest.version : "unknown";

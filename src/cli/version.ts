import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isJsonObject, type Json } from "../core/json.js";

/** The package finds itself by its name: this file stands at other depths in the sources, the library and the bundle. */
const manifest: Json = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("flowctl/package.json"), "utf8"));

/** From package.json. */
export const VERSION: string = isJsonObject(manifest) && typeof manifest["version"] === "string" ? manifest["version"] : "0.0.0";

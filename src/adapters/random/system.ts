import { randomBytes } from "node:crypto";
import type { Random } from "../../core/ports/random.js";
import { BASE32 } from "../../core/run-id.js";

export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => Array.from(randomBytes(26), (byte) => BASE32.charAt(byte & 31)).join(""),
};

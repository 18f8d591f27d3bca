import { randomBytes } from "node:crypto";
import type { Random } from "../../core/ports/random.js";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => Array.from(randomBytes(26), (byte) => ALPHABET.charAt(byte & 31)).join(""),
};

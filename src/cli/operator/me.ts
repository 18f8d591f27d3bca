import { userInfo } from "node:os";

/** Who asks, as journals record it. */
export function me(): string {
  try {
    return userInfo().username;
  } catch {
    // Users of containers often have no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

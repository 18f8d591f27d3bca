/** Two characters of the shard, and enough of what follows to be typed by hand. */
const SHORT = 8;

/** How many characters tell these ids apart. */
export function shortLength(ids: readonly string[]): number {
  const all = [...new Set(ids)];
  let length = SHORT;
  while (length < 64 && new Set(all.map((id) => id.slice(0, length))).size < all.length) length += 1;
  return length;
}

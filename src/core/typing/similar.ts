/** The candidate that `name` was probably meant to be, or null when none is near. */
export function similar(name: string, candidates: Iterable<string>): string | null {
  const wanted = plain(name);
  let best: string | null = null;
  let least = Infinity;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const other = plain(candidate);
    if (Math.abs(other.length - wanted.length) > 3) continue;
    const distance = other === wanted ? 0 : edits(wanted, other);
    if (distance <= allowed(wanted, other) && distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** `orderId`, `order_id` and `order-id` are the same word to a reader. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_.]/g, "");

const allowed = (a: string, b: string): number => {
  const length = Math.max(a.length, b.length);
  return length <= 2 ? 0 : length <= 5 ? 1 : length <= 9 ? 2 : 3;
};

/** Insertions, deletions, substitutions and swaps of neighbours. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

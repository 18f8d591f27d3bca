/** The candidate that `name` was probably meant to be, or null when none is near. */
export function similar(name: string, candidates: Iterable<string>): string | null {
  const wanted = plain(name);
  let best: string | null = null;
  let least = Infinity;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const other = plain(candidate);
    // Another one counts only if it is nearer.
    const most = Math.min(allowed(wanted, other), least - 1);
    if (Math.abs(other.length - wanted.length) > most) continue;
    const distance = other === wanted ? 0 : most === 0 ? Infinity : edits(wanted, other, most);
    if (distance <= most) {
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

/**
 * Insertions, deletions, substitutions and swaps of neighbours; Infinity where there are more than `most`. A row has only
 * the places that so many lead to: names may be long, and many are compared with many.
 */
function edits(a: string, b: string, most: number): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: 2 * most + 1 }, (_, k) => (k < most ? Infinity : k - most));
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [];
    for (let k = 0; k <= 2 * most; k++) {
      const j = i + k - most;
      if (j < 0 || j > b.length) row.push(Infinity);
      else if (j === 0) row.push(i);
      else {
        const same = a[i - 1] === b[j - 1];
        const cost = Math.min((above[k + 1] ?? Infinity) + 1, (row[k - 1] ?? Infinity) + 1, (above[k] ?? Infinity) + (same ? 0 : 1));
        const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        row.push(swapped ? Math.min(cost, (before[k] ?? Infinity) + 1) : cost);
      }
    }
    if (Math.min(...row) > most) return Infinity;
    before = above;
    above = row;
  }
  return above[b.length - a.length + most] ?? Infinity;
}

/** The part of a list that is on the screen: the chosen line stays in its middle where it can. */
export function windowOf(count: number, at: number, height: number): { readonly from: number; readonly to: number } {
  const from = Math.max(Math.min(at - Math.floor(height / 2), count - height), 0);
  return { from, to: Math.min(from + height, count) };
}

/** Where a key takes the mark of a list that has `length` lines and shows `page` of them; null: no such key. */
export function moved(word: string, at: number, page: number, length: number): number | null {
  const to = targetOf(word, at, page, length);
  return to === null ? null : Math.min(Math.max(to, 0), length - 1);
}

function targetOf(word: string, at: number, page: number, length: number): number | null {
  switch (word) {
    case "up":
    case "k":
      return at - 1;
    case "down":
    case "j":
      return at + 1;
    case "pageup":
      return at - page;
    case "pagedown":
      return at + page;
    case "home":
    case "g":
      return 0;
    case "end":
    case "G":
      return length - 1;
    default:
      return null;
  }
}

/** A character as a terminal shows it: what is printed, and how many columns it takes. */
export interface Cell {
  readonly text: string;
  readonly columns: number;
  /** On a terminal that does not join emoji that belong together. */
  readonly most: number;
  /** Offset in the text that was split. */
  readonly at: number;
}

const TAB = "    ";
/** ASCII, Latin letters, dashes and quotes, arrows, lines and blocks: a column each, whatever stands beside them. */
const PLAIN = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25cf\u2713\u2717]*$/;

/** As many columns as it is long. */
export const isPlain = (text: string): boolean => PLAIN.test(text);

/** Splits a line into cells. Control and direction characters of the file never reach the terminal. */
export function cellsOf(line: string): readonly Cell[] {
  if (PLAIN.test(line)) return Array.from(line, (text, at) => ({ text, columns: 1, most: 1, at }));
  const { graphemes, wide, noColumn } = unicode();
  return Array.from(graphemes.segment(line), ({ segment, index }) => {
    if (segment === "\t") return { text: TAB, columns: TAB.length, most: TAB.length, at: index };
    const text = printable(segment);
    const columns = noColumn.test(text) ? 0 : wide.test(text) ? 2 : 1;
    return { text, columns, most: text.length === 1 ? columns : Math.max(columns, apart(text)), at: index };
  });
}

/** Columns of characters that stand each for itself. */
function apart(text: string): number {
  const { wide, noColumn } = unicode();
  return Array.from(text, (char) => (noColumn.test(char) ? 0 : wide.test(char) ? 2 : 1)).reduce<number>((sum, columns) => sum + columns, 0);
}

export const printable = (text: string): string => (PLAIN.test(text) ? text : text.replaceAll(unicode().control, "\ufffd"));

interface Unicode {
  readonly graphemes: Intl.Segmenter;
  /** East Asian wide and full-width forms, and what is drawn as an emoji. */
  readonly wide: RegExp;
  readonly noColumn: RegExp;
  readonly control: RegExp;
}

/** Made for the first text that is not plain: Unicode's tables take longer than many a command. */
const unicode = (): Unicode => (made ??= makeUnicode());
let made: Unicode | null = null;
const makeUnicode = (): Unicode => ({
  graphemes: new Intl.Segmenter("en", { granularity: "grapheme" }),
  wide: /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u,
  noColumn: /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u,
  control: /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
});

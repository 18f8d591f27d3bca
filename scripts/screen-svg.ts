import type xterm from "@xterm/headless";

const CELL = { width: 8.4, height: 18 };
const EDGE = 14;
const BAR = 28;
const PLAIN = "#d4d4d8";
const GROUND = "#18181b";
/** The colours 0 to 8 of a terminal. */
const COLORS = ["#3f3f46", "#f87171", "#4ade80", "#facc15", "#60a5fa", "#e879f9", "#22d3ee", PLAIN, "#71717a"];

interface Style {
  readonly color: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

/** What a terminal shows, as a picture: a piece of text for each stretch of one style, at the place of its first cell. */
export function screenSvg(terminal: xterm.Terminal, title: string): string {
  const width = terminal.cols * CELL.width + 2 * EDGE;
  const height = terminal.rows * CELL.height + 2 * EDGE + BAR;
  const pieces = Array.from({ length: terminal.rows }, (_, row) => rowPieces(terminal, row)).flat();
  const lights = ["#ef4444", "#eab308", "#22c55e"].map((color, index) => `<circle cx="${EDGE + 6 + index * 20}" cy="18" r="6" fill="${color}"/>`);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(1)}" height="${height}" viewBox="0 0 ${width.toFixed(1)} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    ...lights,
    ...pieces,
    "</svg>",
  ].join("\n")}\n`;
}

function rowPieces(terminal: xterm.Terminal, row: number): readonly string[] {
  const line = terminal.buffer.active.getLine(row);
  const pieces: string[] = [];
  for (let from = 0; from < terminal.cols; ) {
    const style = styleAt(line?.getCell(from));
    let text = "";
    let to = from;
    while (to < terminal.cols && isSame(styleAt(line?.getCell(to)), style)) {
      text += line?.getCell(to)?.getChars() || " ";
      to += Math.max(line?.getCell(to)?.getWidth() ?? 1, 1);
    }
    pieces.push(...piece(text, from, to, row, style));
    from = to;
  }
  return pieces;
}

function piece(text: string, from: number, to: number, row: number, { color, bold, dim, inverse }: Style): readonly string[] {
  const x = (EDGE + from * CELL.width).toFixed(1);
  const y = EDGE + BAR + row * CELL.height;
  const width = ((to - from) * CELL.width).toFixed(1);
  const ground = inverse ? [`<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${color}"/>`] : [];
  if (text.trim() === "") return ground;
  const look = `fill="${inverse ? GROUND : color}"${bold ? ' font-weight="bold"' : ""}${dim ? ' opacity="0.6"' : ""}`;
  return [...ground, `<text x="${x}" y="${y + 13}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" ${look}>${escaped(text)}</text>`];
}

function styleAt(cell: xterm.IBufferCell | undefined): Style {
  if (cell === undefined) return { color: PLAIN, bold: false, dim: false, inverse: false };
  return { color: cell.isFgPalette() ? (COLORS[cell.getFgColor()] ?? PLAIN) : PLAIN, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0, inverse: cell.isInverse() !== 0 };
}

const isSame = (one: Style, other: Style): boolean => one.color === other.color && one.bold === other.bold && one.dim === other.dim && one.inverse === other.inverse;
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

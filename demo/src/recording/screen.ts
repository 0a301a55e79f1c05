/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: SpanStyle;
}

export interface SpanStyle {
  readonly bold: boolean;
  readonly dim: boolean;
  /** The SGR code of a foreground colour, 30 to 37. */
  readonly colour: number | undefined;
}

interface Cell {
  text: string;
  style: SpanStyle;
}

const plain: SpanStyle = { bold: false, dim: false, colour: undefined };
const esc = '\u001b';
/** An escape sequence, a control character, or text. */
const token = new RegExp(`${esc}\\[([?\\d;]*)([A-Za-z])|([\\r\\n])|([^${esc}\\r\\n]+)`, 'g');

/**
 * Returns the final screen of a terminal, line by line, after it received `output`. It supports the sequences
 * that the demo uses: carriage return, clear line, bold, dim and colours; the cursor's visibility is ignored.
 * @throws Error at any other sequence: the picture would be wrong
 */
export function finalScreen(output: string): Span[][] {
  const lines: Cell[][] = [[]];
  let column = 0;
  let style = plain;
  for (const [whole, parameters = '', command, control, text] of output.matchAll(token)) {
    const line = lines.at(-1) as Cell[];
    if (control === '\n') lines.push([]);
    if (control !== undefined) column = 0;
    else if (text !== undefined) {
      for (const character of text) line[column++] = { text: character, style };
    } else if (command === 'm') style = parameters.split(';').reduce(restyled, style);
    else if (command === 'K') line.length = parameters === '2' ? 0 : column;
    else if (!parameters.startsWith('?25')) throw new Error(`unknown sequence ${JSON.stringify(whole)}`);
  }
  const spans = lines.map(spansOf);
  while (spans.at(-1)?.length === 0) spans.pop();
  return spans;
}

function restyled(style: SpanStyle, code: string): SpanStyle {
  const number = Number(code);
  if (number === 0) return plain;
  if (number === 1) return { ...style, bold: true };
  if (number === 2) return { ...style, dim: true };
  if (number === 22) return { ...style, bold: false, dim: false };
  if (number === 39) return { ...style, colour: undefined };
  if (number >= 30 && number <= 37) return { ...style, colour: number };
  throw new Error(`unknown style ${code}`);
}

function spansOf(cells: readonly (Cell | undefined)[]): Span[] {
  const spans: { text: string; style: SpanStyle }[] = [];
  // Not `map`: a terminal fills skipped columns with blanks, and so must holes of the array.
  for (let column = 0; column < cells.length; column += 1) {
    const { text, style } = cells[column] ?? { text: ' ', style: plain };
    const last = spans.at(-1);
    if (last && isSame(last.style, style)) last.text += text;
    else spans.push({ text, style });
  }
  return spans;
}

function isSame(a: SpanStyle, b: SpanStyle): boolean {
  return a.bold === b.bold && a.dim === b.dim && a.colour === b.colour;
}

import type { Span, SpanStyle } from './screen.ts';

const charWidth = 8.4;
const lineHeight = 19;
const fontSize = 14;
const padding = 16;
const titleBar = 32;

const background = '#0d1117';
const foreground = '#d6deeb';
const dimmed = '#8b949e';
const colours: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#79c0ff',
};

/** Returns a picture of a terminal, `columns` wide, in which text can be selected and searched. */
export function terminalSvg(lines: readonly (readonly Span[])[], columns: number, title: string): string {
  const width = Math.ceil(columns * charWidth + 2 * padding);
  const height = titleBar + lines.length * lineHeight + 2 * padding;
  const rows = lines.map((spans, row) => textRow(spans, titleBar + padding + (row + 1) * lineHeight - 5));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (colour, i) => `<circle cx="${20 + i * 20}" cy="${titleBar / 2 + 2}" r="6" fill="${colour}"/>`,
    ),
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${fontSize}" fill="${foreground}" xml:space="preserve">`,
    `<text x="${width / 2}" y="${titleBar / 2 + 7}" text-anchor="middle" fill="${dimmed}">${escaped(title)}</text>`,
    ...rows.filter(row => row !== ''),
    '</g>',
    '</svg>',
  ].join('\n')}\n`;
}

/** Each span has its own position and length, so that columns line up in every font. */
function textRow(spans: readonly Span[], y: number): string {
  let column = 0;
  const parts = spans.map(({ text, style }) => {
    const at = column;
    column += [...text].length;
    if (text.trim() === '') return '';
    const x = (padding + at * charWidth).toFixed(1);
    const length = ([...text].length * charWidth).toFixed(1);
    return `<tspan x="${x}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${look(style)}>${escaped(text)}</tspan>`;
  });
  const row = parts.join('');
  return row === '' ? '' : `<text y="${y}">${row}</text>`;
}

function look({ bold, dim, colour }: SpanStyle): string {
  const fill = colour === undefined ? (dim ? dimmed : undefined) : colours[colour];
  return `${fill ? ` fill="${fill}"` : ''}${bold ? ' font-weight="bold"' : ''}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

import { describe, expect, it } from '@jest/globals';
import { finalScreen } from './screen.ts';
import { terminalSvg } from './svg.ts';

const plain = { bold: false, dim: false, colour: undefined };

describe('finalScreen', () => {
  it('default: what is left when lines were drawn over', () => {
    const output =
      'one\r\nspinner 1\r\u001b[2Kspinner 2\r\u001b[2K\u001b[1mtwo\u001b[22m \u001b[32mok\u001b[39m\r\n';
    expect(finalScreen(output)).toEqual([
      [{ text: 'one', style: plain }],
      [
        { text: 'two', style: { ...plain, bold: true } },
        { text: ' ', style: plain },
        { text: 'ok', style: { ...plain, colour: 32 } },
      ],
    ]);
  });

  it('behavior: shorter text written over longer leaves the rest', () => {
    expect(finalScreen('abcdef\rxy')).toEqual([[{ text: 'xycdef', style: plain }]]);
  });

  it('behavior: refuses what it cannot draw', () => {
    expect(() => finalScreen('\u001b[3A')).toThrow('unknown sequence');
    expect(() => finalScreen('\u001b[48m')).toThrow('unknown style 48');
  });
});

describe('terminalSvg', () => {
  it('default: the text as text, in place', () => {
    const svg = terminalSvg(finalScreen('a <b>\r\n\r\n\u001b[31m✗ & "c"'), 10, 'make demo');
    expect(svg).toContain('>a &lt;b&gt;</tspan>');
    expect(svg).toContain('fill="#ff7b72">✗ &amp; &quot;c&quot;</tspan>');
    expect(svg).toContain('width="116"');
    expect(svg.match(/<text y=/g)).toHaveLength(2);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { finalScreen } from './recording/screen.ts';
import { Terminal } from './terminal.ts';

function screen(columns?: number) {
  const written: string[] = [];
  return {
    columns,
    write: (text: string) => written.push(text),
    get output() {
      return written.join('');
    },
  };
}

function shown(output: string): string[] {
  return finalScreen(output).map(spans => spans.map(({ text }) => text).join(''));
}

describe('Terminal', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('default: lines above, progress below', () => {
    const to = screen(80);
    const terminal = new Terminal(to, true);
    terminal.progress(1, 4, 'deploying');
    terminal.line(terminal.paint('bold', 'first'));
    jest.advanceTimersByTime(80);
    terminal.line('second');
    expect(shown(to.output)).toEqual(['first', 'second', ' ⠙ ━━━━━━━━━━━━━━━━━━━━ deploying']);
    terminal.endProgress();
    terminal.line('last');
    expect(shown(to.output)).toEqual(['first', 'second', 'last']);
    expect(to.output.split('\u001b[?25l')).toHaveLength(2);
    expect(to.output.split('\u001b[?25h')).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('behavior: progress never fills the line, or it would wrap', () => {
    const to = screen(40);
    const terminal = new Terminal(to, true);
    terminal.progress(0, 1, 'a text that is much longer than the terminal is wide');
    expect(shown(to.output)[0]).toHaveLength(39);
    terminal.endProgress();
  });

  it('behavior: plain lines and nothing else where there is no terminal', () => {
    const to = screen();
    const terminal = new Terminal(to, false);
    terminal.progress(1, 4, 'deploying');
    terminal.line(terminal.paint('green', 'first'));
    terminal.line();
    terminal.endProgress();
    expect(to.output).toBe('first\n\n');
    expect(terminal.columns).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { newsLines, tellsOf } from './telegramNews.ts';

describe('newsLines', () => {
  it('default: news is its message', () => {
    expect(newsLines('ℹ️ a round was settled\nround 1 settled\nbot: keeper\nchain: local')).toEqual([
      'round 1 settled',
    ]);
  });

  it('behavior: an alert has its headline too', () => {
    expect(newsLines('✅ resolved: an action is overdue\nround 2 is late\nbot: keeper')).toEqual([
      'resolved: an action is overdue: round 2 is late',
    ]);
  });

  it('behavior: several at once are a line each', () => {
    expect(newsLines('keeper: 2 notices at once\nℹ️ one\n✅ two')).toEqual(['ℹ️ one', '✅ two']);
  });
});

describe('tellsOf', () => {
  it('default: by the block, and no other that begins like it', () => {
    const text = 'round 1 settled in block 23, gas 185766';
    expect(tellsOf(text, 23)).toBe(true);
    expect(tellsOf(text, 2)).toBe(false);
  });
});

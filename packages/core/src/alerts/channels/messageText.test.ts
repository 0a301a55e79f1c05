import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { notice } from '../../../test/support/notice.ts';
import { discordMarkdown } from './discord.ts';
import { cut, messageText } from './messageText.ts';
import { slackMarkdown } from './slack.ts';
import { plainText, telegramHtml } from './telegram.ts';

const pool = `0x${'11'.repeat(20)}`;
const since = Date.UTC(2026, 10, 21, 12);

const context = { redact: (text: string) => text.replaceAll('s_e<c', '[redacted]') };

describe('messageText', () => {
  it('default: states what is wrong, where, its owner and its runbook', () => {
    const data = { price: '7', nested: { a: ['<b>'] } };
    expect(
      messageText([notice({ pool, message: '1 < 2 & 3', data })], telegramHtml, {
        ...context,
        environment: 'fork',
      }),
    ).toBe(
      [
        '<b>🟠 error: something broke</b>',
        '1 &lt; 2 &amp; 3',
        'bot: keeper (fork)',
        'chain: devnet',
        `pool: ${pool}`,
        'check: broken',
        'owner: on-call',
        'https://wiki.example.com/broken.md',
        '<pre>price: 7',
        'nested: {"a":["&lt;b&gt;"]}</pre>',
      ].join('\n'),
    );
  });

  it('behavior: states at the end how long the alert lasted, and who acknowledged it', () => {
    const decision = { kind: 'ack' as const, by: 'ada', why: 'topping up', at: since };
    const ended = notice({ since, count: 12 }, { occasion: 'resolved', at: since + 3_900_000, decision });
    const text = messageText([ended], plainText, context);
    expect(text).toContain('✅ resolved: something broke\n');
    expect(text).toContain(
      'since: 2026-11-21T12:00:00.000Z (1 h 5 min)\nseen: 12 times\nacknowledged: by ada: topping up\n',
    );
  });

  it.each([
    ['lasting', '🟠 still error: something broke'],
    ['escalated', '🟠 now error: something broke'],
    ['flapping', '🟠 error, on and off: something broke'],
  ] as const)('behavior: %s says so', (occasion, headline) => {
    expect(messageText([notice({}, { occasion })], plainText, context).split('\n')[0]).toBe(headline);
  });

  it('behavior: names in the headline who acknowledged or muted the alert', () => {
    const decision = { kind: 'ack' as const, by: 'ada', why: 'topping up', at: since };
    const headline = (more: object) =>
      messageText(
        [notice({}, { occasion: 'acknowledged', decision: { ...decision, ...more } })],
        plainText,
        context,
      );
    expect(headline({})).toContain('👤 acknowledged by ada: something broke\n');
    expect(headline({ kind: 'mute', until: since })).toContain('👤 muted by ada: something broke\n');
    expect(headline({ kind: 'mute', until: since })).toContain(
      '\nmuted: by ada until 2026-11-21T12:00:00.000Z: topping up\n',
    );
  });

  it('behavior: shows the message and the cause of an error, and not its stack', () => {
    const error = {
      message: 'no answer',
      stack: 'at file.js:1',
      cause: { message: 'refused', stack: 'at x.js:2' },
    };
    const text = messageText([notice({ data: { error } })], plainText, context);
    expect(text).toContain('error: {"message":"no answer","cause":{"message":"refused"}}');
  });

  it('behavior: gives each entry of a list or a table its own line', () => {
    const data = {
      by: '-5 shares',
      changed: ['OpenLong, 0xab', 'CloseShort, 0xcd'],
      numbers: { z: '5', c: 1 },
    };
    expect(messageText([notice({ data: { ...data, none: [] } })], plainText, context)).toMatch(
      /\nby: -5 shares\nchanged:\n {2}OpenLong, 0xab\n {2}CloseShort, 0xcd\nnumbers:\n {2}z: 5\n {2}c: 1\nnone: none$/,
    );
  });

  it('behavior: shows neither owner nor runbook for news', () => {
    const data = { block: 12, hash: '0xab' };
    expect(
      messageText([notice({ title: 'round done', data }, { occasion: 'news' })], plainText, context),
    ).toBe(['ℹ️ round done', 'it broke', 'bot: keeper', 'chain: devnet', 'block: 12\nhash: 0xab'].join('\n'));
  });

  it.each([
    ['Telegram', telegramHtml],
    ['Slack', slackMarkdown],
    ['Discord', discordMarkdown],
  ])('behavior: for %s a secret is taken out before it is escaped or cut', (_, style) => {
    const message = `${'x'.repeat(style.most / 2 - 3)}s_e<c`;
    const told = notice({ message, title: 's_e<c', owner: 's_e<c', data: { 's_e<c': ['s_e<c'] } });
    for (const notices of [[told], [told, told]])
      expect(messageText(notices, style, context)).not.toMatch(/s\\?_|e(\\<|&lt;)|e<c/);
  });

  it('behavior: keeps a link clickable', () => {
    const runbook = 'https://wiki.example.com/run_books/a~b.md';
    expect(messageText([notice({ runbook })], discordMarkdown, context)).toContain(`\n${runbook}`);
  });

  it('behavior: gives each of several notices a line', () => {
    const many = Array.from({ length: 20 }, (_, i) => notice({ message: `n${i} ${'x'.repeat(500)}`, pool }));
    const lines = messageText(many, telegramHtml, context).split('\n');
    expect(lines[0]).toBe('<b>keeper: 20 notices at once</b>');
    expect(lines.slice(1).map(line => / n(\d+) /.exec(line)?.[1])).toEqual([...Array(20).keys()].map(String));
  });

  it.each([
    ['Telegram', telegramHtml, 4_096],
    ['plain text', plainText, 4_096],
    ['Slack', slackMarkdown, 3_000],
    ['Discord', discordMarkdown, 4_096],
  ])('property: for %s never longer than the service takes, whatever there is to say', (_, style, most) => {
    const text = fc.string({
      unit: fc.constantFrom('<', '_', '.', '*', '&', '😀', '\ud83d', 'a'),
      maxLength: 9_000,
    });
    const count = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(text, text, count, (message, detail, length) => {
        const one = notice({ message, data: { detail }, title: message, runbook: detail, owner: detail });
        const written = messageText(Array(length).fill(one), style, { ...context, environment: detail });
        expect(written.length).toBeLessThanOrEqual(style === telegramHtml ? 8_000 : most);
        const shown =
          style === telegramHtml ? written.replace(/<\/?\w+>/g, '').replace(/&\w+;/g, '.') : written;
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(shown).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 30 },
    );
  });
});

describe('cut', () => {
  it.each([
    ['short enough', 'abc', 3, 'abc'],
    ['too long', 'abcd', 3, 'ab…'],
    ['within a pair', 'ab😀cd', 4, 'ab…'],
    ['after a pair', 'ab😀cd', 5, 'ab😀…'],
    ['half a pair', 'a\ud83db', 3, 'a\uFFFDb'],
    ['nothing left', 'abc', 0, ''],
  ])('behavior: %s', (_, text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
  });

  it('property: is never longer than allowed, and holds no half character', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '<', '😀', '\ud83d', '\ude00', '…') });
    fc.assert(
      fc.property(text, fc.nat(20), (given, most) => {
        const kept = cut(given, most);
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(kept).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});

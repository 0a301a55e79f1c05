import { describe, expect, it } from '@jest/globals';
import { parseTelegramHtml } from './telegramHtml.ts';

describe('parseTelegramHtml', () => {
  it('default: what people see, and where links lead', () => {
    const html =
      '<b>A &lt; B</b> &amp; <a href="https://x.example/?a=1&amp;b=2">C <i>D</i></a>\n<code>E</code>';
    expect(parseTelegramHtml(html)).toEqual({
      text: 'A < B & C D\nE',
      links: ['https://x.example/?a=1&b=2'],
    });
  });

  it.each([
    ['tags in any case, with attributes', '<B>x</B><span class="tg-spoiler">y</span>', 'xy'],
    ['numeric references', '&#60;&#x1F600;', '<😀'],
    ['an ampersand that begins nothing', 'a & b &nbsp; &;', 'a & b &nbsp; &;'],
    ['a bare >', '1 > 0', '1 > 0'],
  ])('behavior: %s', (_, html, text) => {
    expect(parseTelegramHtml(html).text).toBe(text);
  });

  it.each([
    ['a bare <', 'é 1 < 2', 'Unsupported start tag "" at byte offset 5'],
    ['an unknown tag', 'a <_b>', 'Unsupported start tag "_b" at byte offset 2'],
    ['a tag that does not end', 'a <b', 'Unclosed start tag at byte offset 2'],
    [
      'an element that does not end',
      'a <b>c',
      'Can\'t find end tag corresponding to start tag "b" at byte offset 2',
    ],
    ['an end without a beginning', 'a</b>', 'Unexpected end tag at byte offset 1'],
    [
      'elements that overlap',
      '<b><i>x</b></i>',
      'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ],
    ['an end tag that does not end', '<b>x</b', 'Unclosed end tag at byte offset 4'],
  ])('error: %s', (_, html, message) => {
    expect(() => parseTelegramHtml(html)).toThrow(message);
  });
});

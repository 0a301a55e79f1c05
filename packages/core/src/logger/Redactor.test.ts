import { describe, expect, it } from '@jest/globals';
import { hexlify, randomBytes, Wallet } from 'ethers';
import fc from 'fast-check';
import { jsonLine } from './jsonLine.ts';
import { Redactor, withheld } from './Redactor.ts';

const key = '0x00c3a1f9e27b5d48860f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69';
const digits = key.slice(2);
const bytes = Buffer.from(digits, 'hex');
const hash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';

describe('Redactor', () => {
  it('default', () => {
    const redactor = new Redactor([key, 'https://a.example/v2/Key0fTheProvider'], {
      keepUrls: ['https://wiki.example/runbooks'],
    });
    expect(redactor.redact(`${key} at https://a.example/v2/Key0fTheProvider?x=1, see ${hash}`)).toBe(
      `0x[redacted] at https://a.example/[redacted] see ${hash}`,
    );
    expect(redactor.redact('https://wiki.example/runbooks/checkpoint#late')).toContain('/checkpoint#late');
  });

  it.each([
    ['as is', key],
    ['without 0x', digits],
    ['in capitals', key.toUpperCase()],
    ['without leading zeros', `0x${BigInt(key).toString(16)}`],
    ['as a decimal number', BigInt(key).toString()],
    ['as base64 of the bytes', bytes.toString('base64')],
    ['as base64url of the bytes', bytes.toString('base64url')],
    ['as base64 of the text', Buffer.from(key).toString('base64')],
    ['as base64 of the digits in capitals', Buffer.from(digits.toUpperCase()).toString('base64url')],
    ['as hex of the text', Buffer.from(key).toString('hex')],
    ['as a printed buffer', bytes.toString('hex').match(/../g)?.join(' ') ?? ''],
    ['as an array', JSON.stringify([...bytes])],
    ['as a Uint8Array in JSON', JSON.stringify(new Uint8Array(bytes))],
    ['as a Uint8Array in JSON in JSON', JSON.stringify(JSON.stringify(new Uint8Array(bytes)))],
  ])('behavior: a key is found %s', (_, spelling) => {
    const clean = new Redactor([key]).redact(`before ${spelling} after`);
    expect(clean).toMatch(/^before (0x|0X|\[|\{?"?.{0,6}0.{0,6})?.*\[redacted\].* after$/);
    expect(clean.length).toBeLessThan('before  after'.length + 40);
  });

  it.each([0, 1, 2])('behavior: base64 with %i bytes before it is found', shift => {
    const longer = Buffer.concat([Buffer.alloc(shift, 7), bytes, Buffer.from('tail')]).toString('base64');
    expect(new Redactor([key]).redact(longer)).toMatch(/^.{0,3}\[redacted\].{0,8}$/);
  });

  it('behavior: encoded texts are found', () => {
    const secret = `pa"ss\\w\nörd/&+ <'100%`;
    const redactor = new Redactor([secret]);
    const spellings = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      JSON.stringify(JSON.stringify(secret)).slice(3, -3),
      encodeURIComponent(secret),
      encodeURIComponent(secret).toLowerCase(),
      encodeURIComponent(encodeURIComponent(secret)),
      `pa&quot;ss\\w\nörd/&amp;+ &lt;&#39;100%`,
      `pa"ss\\w\nörd/&amp;+ &lt;'100%`,
      encodeURI(secret),
      new URLSearchParams({ a: secret }).toString().slice(2),
      Buffer.from(secret).toString('hex'),
    ];
    for (const spelling of spellings) expect(redactor.redact(`a ${spelling} z`)).toBe('a [redacted] z');
  });

  it('behavior: hashes and addresses stay, unless they are known secrets', () => {
    const text = `tx ${hash} to 0x5FbDB2315678afecb367f032d93F642f64180aa3`;
    expect(new Redactor([key]).redact(text)).toBe(text);
    expect(new Redactor([hash]).redact(text)).not.toContain(hash);
  });

  it('behavior: fewer than 4 characters are ignored, or half of every log would go', () => {
    expect(new Redactor(['abc', '']).redact('abc')).toBe('abc');
  });

  it('behavior: learns later', () => {
    const redactor = new Redactor([]);
    redactor.add('hunter2');
    expect(redactor.redact('is hunter2')).toBe('is [redacted]');
  });

  it('behavior: the longest of several secrets goes as a whole', () => {
    const redactor = new Redactor(['hunter', 'hunter2-and-more', 'hunter2']);
    expect(redactor.redact('hunter2-and-more')).toBe('[redacted]');
  });

  it('behavior: many secrets are found as few are', () => {
    const many = Array.from({ length: 60 }, () => hexlify(randomBytes(32)));
    const redactor = new Redactor(many);
    for (const each of many)
      expect(redactor.redact(`a ${each.toUpperCase()} z`)).toMatch(/^a 0X\[redacted\] z$/);
  });

  it('behavior: what cannot be redacted is withheld', () => {
    const broken = {
      replace: () => {
        throw new Error('out of memory');
      },
    } as unknown as string;
    expect(new Redactor([key]).redact(broken)).toBe(withheld);
  });
});

describe('Redactor, URLs', () => {
  const redactor = new Redactor([], { keepUrls: ['https://scan.example', 'https://wiki.example/runbooks/'] });

  it.each([
    ['https://host.example', 'https://host.example'],
    ['https://host.example/', 'https://host.example/'],
    ['(https://host.example/).', '(https://host.example/).'],
    ['https://host.example:8545/v2/key', 'https://host.example:8545/[redacted]'],
    ['HTTPS://host.example/?key=1', 'HTTPS://host.example/[redacted]'],
    ['https://host.example#key', 'https://host.example/[redacted]'],
    ['wss://user:pass@host.example/ws', 'wss://host.example/[redacted]'],
    ['https://key@host.example', 'https://host.example'],
    ['http://[::1]:8545/key', 'http://[::1]:8545/[redacted]'],
    ['https://user:12/3@host.example/key', 'https://[redacted]'],
    ['https://user:pa/ss@host.example', 'https://[redacted]'],
    ['{"url":"https://host.example/key","n":1}', '{"url":"https://host.example/[redacted]","n":1}'],
    ['https://a.example/k1,https://b.example/k2', 'https://a.example/[redacted]'],
    ['https://scan.example/tx/0xab', 'https://scan.example/tx/0xab'],
    ['https://scan.example.evil.example/tx', 'https://scan.example.evil.example/[redacted]'],
    ['https://scan.example@evil.example/tx', 'https://evil.example/[redacted]'],
    ['https://wiki.example/runbooks/late#now', 'https://wiki.example/runbooks/late#now'],
    ['file:///app/dist/main.js', 'file:///app/dist/main.js'],
  ])('behavior: %s becomes %s', (url, expected) => {
    expect(redactor.redact(`at ${url} now`)).toBe(`at ${expected} now`);
  });

  it('behavior: a secret inside of a URL that is kept goes', () => {
    const keeping = new Redactor([key], { keepUrls: ['https://scan.example'] });
    expect(keeping.redact(`https://scan.example/tx/${key}`)).toBe('https://scan.example/tx/0x[redacted]');
  });

  it.each([
    'https://a.example/v2/key-0ne-of-a,',
    'https://a.example/v2/key-0ne-of-a,,https://b.example/v2/key-tw0-of-b',
    'https://a.example/v2/key-0ne-of-a,\nhttps://b.example/v2/key-tw0-of-b,\n',
    'https://a.example/v2/key-0ne-of-a\nhttps://b.example/v2/key-tw0-of-b',
  ])('behavior: separators in the list %j hide no key from the redactor', list => {
    const texts = new Redactor([list]);
    expect(texts.redact('refused: key-0ne-of-a')).toBe('refused: [redacted]');
    if (list.includes('tw0')) expect(texts.redact('b.example: key-tw0-of-b')).toBe('b.example: [redacted]');
  });

  it.each([
    ['letters alone', 'https://a.example/v2/sekretkey', 'invalid project id sekretkey'],
    ['a word', 'https://a.example/v3/secret', 'project secret is not found'],
    ['before other parts of the path', 'https://a.example/abcdefgh/ext/bc/C/rpc', 'unknown key abcdefgh'],
    ['a query without a value', 'https://a.example/rpc?abcdefgh', 'unknown key abcdefgh'],
    ['a query beside others', 'https://a.example/?chain=1&dkey=abcdefgh', 'unknown key abcdefgh'],
    ['a user', 'https://operator:hunter@a.example/', 'operator may not, hunter is wrong'],
    ['the password of a websocket', 'wss://:passphrase@a.example/', 'passphrase is wrong'],
    ['beside its project', 'https://a.example/v3/projectid:abcdefgh', 'bad secret abcdefgh of projectid'],
    ['in front of an ending', 'https://a.example/ping/abcdefgh.json', 'no check abcdefgh'],
    ['after a word of the path', 'https://a.example/token=abcdefgh', 'no token: abcdefgh'],
    ['encoded', 'https://a.example/v2/abc%20defgh', 'no key "abc defgh"'],
  ])('behavior: of a URL, a key that is %s goes, also without the URL', (_, url, text) => {
    const clean = new Redactor([url]).redact(text);
    expect(clean).toContain('[redacted]');
    for (const part of url.split(/[/:@?&=.%]|20/).filter(each => each.length > 5 && each !== 'example'))
      expect(clean).not.toContain(part);
  });

  it('behavior: names of chains and of paths stay', () => {
    const text = 'eth-mainnet rpc v2 8453 hooks services ping base arbitrum-one checkpoint keeper';
    const url = `https://a.example/${text.replaceAll(' ', '/')}?chain=8453`;
    expect(new Redactor([url]).redact(text)).toBe(text);
  });

  it('keeps the name of the bot, in which the URL of its dead man’s switch ends', () => {
    const url = 'https://hc-ping.com/Zp8LkQ2vTn4xRw/lpandarb';
    const redactor = new Redactor([url], { publicWords: ['lpandarb', undefined] });
    expect(redactor.redact('lpandarb: no ping for Zp8LkQ2vTn4xRw')).toBe('lpandarb: no ping for [redacted]');
    // A secret of its own stays one, whatever its text is.
    expect(new Redactor(['lpandarb'], { publicWords: ['lpandarb'] }).redact('lpandarb')).toBe('[redacted]');
  });

  it('behavior: of a list of secret URLs, the keys go and the hosts stay', () => {
    const knowing = new Redactor(['https://a.example/v2/key-0ne-of-a,https://eth.b.example/rpc?k=key2-of-b']);
    expect(knowing.redact('a.example/v2/key-0ne-of-a')).toBe('a.example/v2/[redacted]');
    expect(knowing.redact('eth.b.example: k=key2-of-b, method rpc')).toBe(
      'eth.b.example: k=[redacted], method rpc',
    );
  });
});

describe('Redactor, mnemonics', () => {
  const phrase = Wallet.createRandom().mnemonic?.phrase ?? '';
  const redactor = new Redactor([]);

  it.each([
    ['blanks', phrase],
    ['commas', phrase.replaceAll(' ', ', ')],
    ['line breaks', phrase.replaceAll(' ', '\n')],
    ['line breaks in JSON', JSON.stringify(phrase.replaceAll(' ', '\n')).slice(1, -1)],
    ['capitals', phrase.toUpperCase()],
  ])('behavior: a phrase with %s goes', (_, text) => {
    expect(redactor.redact(`seed: ${text}.`)).toBe('seed: [redacted].');
  });

  it('behavior: as an array and numbered', () => {
    expect(redactor.redact(JSON.stringify(phrase.split(' ')))).toBe('["[redacted]"]');
    const numbered = phrase.split(' ').map((word, index) => `${index + 1}. ${word}`);
    expect(redactor.redact(numbered.join('\n'))).toBe('1. [redacted]');
  });

  it('behavior: eleven words, and ordinary prose, stay', () => {
    const eleven = phrase.split(' ').slice(0, 11).join(' ');
    expect(redactor.redact(eleven)).toBe(eleven);
    const prose =
      'the round took longer than usual because the first node did not answer and the second was behind';
    expect(redactor.redact(prose)).toBe(prose);
    const fields = JSON.stringify(
      Object.fromEntries(
        'pool base rate price error limit order area wait year zero zone buyer'
          .split(' ')
          .map(word => [word, 1]),
      ),
    );
    expect(redactor.redact(fields)).toBe(fields);
  });
});

describe('Redactor, for any secret', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });

  it('behavior: a secret with characters that a line escapes is found in it', () => {
    const secret = 'pa\u200bss\u0007word\u202e';
    const redactor = new Redactor([secret]);
    const time = new Date(0);
    const line = jsonLine({ time, level: 'info', bot: 'b', message: `is ${secret}`, fields: {} }, redactor);
    expect(JSON.parse(line)).toMatchObject({ message: 'is [redacted]' });
  });

  it('behavior: the output holds no spelling of a key', () => {
    const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(each => Buffer.from(each));
    fc.assert(
      fc.property(anyKey, text, text, fc.nat({ max: 2 }), (each, before, after, shift) => {
        const hex = each.toString('hex');
        const padded = Buffer.concat([Buffer.alloc(shift, 1), each]);
        const spellings = [
          hex,
          hex.toUpperCase(),
          each.toString('base64'),
          each.toString('base64url'),
          Buffer.from(`0x${hex}`).toString('base64'),
          BigInt(`0x${hex}`).toString(),
          Buffer.from(hex).toString('hex'),
        ].filter(spelling => spelling.length > 8);
        const redactor = new Redactor([`0x${hex}`]);
        for (const spelling of [...spellings, padded.toString('base64')]) {
          const clean = redactor.redact(`${before} ${spelling} ${after}`).toLowerCase();
          for (const other of spellings) expect(clean).not.toContain(other.toLowerCase());
          expect(clean).not.toContain(spelling.toLowerCase());
        }
      }),
    );
  });

  it('behavior: the output holds no spelling of a text', () => {
    const anyText = fc
      .oneof(fc.string({ minLength: 4 }), fc.string({ minLength: 4, unit: 'binary' }))
      .map(each => each.trim());
    fc.assert(
      fc.property(anyText, text, text, (secret, before, after) => {
        // A secret that is part of the marker, or of the text in any case, cannot be distinguished from it.
        fc.pre(
          secret.length >= 4 && !'[redacted]'.includes(secret.toLowerCase()) && !/^\w+:\/\//.test(secret),
        );
        const redactor = new Redactor([secret]);
        const spellings = [
          secret,
          JSON.stringify(secret).slice(1, -1),
          JSON.stringify(JSON.stringify(secret)).slice(3, -3),
          Buffer.from(secret).toString('hex'),
          Buffer.from(secret).toString('base64'),
          Buffer.from(secret).toString('base64url'),
          new URLSearchParams({ a: secret }).toString().slice(2),
        ];
        for (const spelling of spellings) {
          expect(redactor.redact(before + spelling + after)).not.toContain(spelling);
        }
      }),
    );
  });
});

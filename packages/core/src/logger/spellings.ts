import { printable } from '../errors/index.ts';

/**
 * Returns regular expression sources (for the flag `i`) that together match every known spelling of a secret:
 * the text, JSON- and HTML-escaped, URL-encoded once and twice, its bytes in hex, base64 and base64url at any
 * place of a longer text. A hex secret, such as a private key, also stands for its bytes and its number.
 */
export function spellingsOf(secret: string): string[] {
  const digits = /^(?:0x)?([0-9a-f]+)$/i.exec(secret)?.[1];
  if (digits === undefined || digits.length < 16) {
    return [...textForms(secret).map(literal), ...byteForms(Buffer.from(secret, 'utf8'))];
  }
  const bytes = digits.length % 2 === 0 ? Buffer.from(digits, 'hex') : undefined;
  // Case changes the base64 of a text, where the flag does not help.
  const cases = [...new Set([digits, digits.toLowerCase(), digits.toUpperCase()])];
  return [
    literal(digits),
    ...numberForms(digits),
    ...(bytes === undefined ? [] : [...byteForms(bytes), byteArray(bytes)]),
    ...cases.flatMap(each => byteForms(Buffer.from(each, 'latin1'))),
  ];
}

function textForms(text: string): string[] {
  const inJson = (each: string) => JSON.stringify(each).slice(1, -1);
  const once = inJson(text);
  const twice = inJson(once);
  const shown = printable(text);
  // encodeURIComponent throws for half a surrogate pair, URLSearchParams does not.
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const encoded = form.replaceAll('+', '%20');
  const lenient = encoded.replace(/%(21|27|28|29|7E)/gi, escaped => decodeURIComponent(escaped));
  const whole = lenient.replace(/%(3B|2C|2F|3F|3A|40|26|3D|2B|24|23)/gi, escaped =>
    decodeURIComponent(escaped),
  );
  // The form of a query within a query, and of a proxy's error page.
  const again = encodeURIComponent(lenient);
  return [
    text,
    shown,
    inJson(shown),
    inJson(inJson(shown)),
    once,
    twice,
    form,
    encoded,
    lenient,
    whole,
    again,
    ...htmlForms(text),
  ];
}

function htmlForms(text: string): string[] {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = escaped.replaceAll('"', '&quot;');
  return [escaped, quoted, ...['&#39;', '&#x27;', '&apos;'].map(each => quoted.replaceAll("'", each))];
}

function byteForms(bytes: Buffer): string[] {
  const forms = [[...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('[ :]?')];
  // A short run of base64 letters would be found by chance inside of hashes and words.
  for (const shift of bytes.length < 8 ? [0] : [0, 1, 2]) {
    const letters = literal(base64At(bytes, shift)).replaceAll('\\+', '[+-]').replaceAll('/', '[/_]');
    forms.push(`${letters}={0,2}`);
  }
  return forms;
}

/** Returns the bytes as JSON spells an array or, with its indices, a Uint8Array. */
function byteArray(bytes: Buffer): string {
  return [...bytes].join(',\\s*(?:\\\\*"\\d+\\\\*":\\s*)?');
}

/**
 * Returns the base64 letters that these bytes give inside a longer text, without the letters at the edges,
 * which depend on the neighbours too.
 * @param shift the number of bytes before them, mod 3
 */
export function base64At(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}

function numberForms(digits: string): string[] {
  const number = BigInt(`0x${digits}`);
  const short = number.toString(16);
  return short.length < 16 ? [] : [short, number.toString()];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

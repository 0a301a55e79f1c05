import { z } from 'zod';
import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './Secret.ts';

const flags = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/**
 * Parses true/yes/1 or false/no/0, in any case. Any other text is refused, so that no typo switches a
 * feature.
 */
export function flag(): Variable<boolean> {
  return parsed(text => {
    const value = flags.get(text.toLowerCase());
    if (value === undefined) throw new Refusal('is neither true nor false');
    return value;
  });
}

/** Parses a word of the given list, in any case, and returns the spelling of the list. */
export function choice<const Word extends string>(words: readonly Word[]): Variable<Word> {
  return parsed(text => {
    const word = words.find(each => each.toLowerCase() === text.toLowerCase());
    if (word === undefined) throw new Refusal(`is none of ${words.join(', ')}`);
    return word;
  });
}

/** Parses any text on one line. */
export function text(): Variable<string> {
  return parsed(value => {
    if (/\p{Cc}/u.test(value)) throw new Refusal('has a line break or another control character in it');
    return value;
  });
}

/** Parses a token: a single word. */
export function secretText(): Variable<Secret> {
  return parsed(value => {
    if (/\s/.test(value)) throw new Refusal('has a blank or a line break in it');
    return new Secret(value);
  });
}

/** Parses a pass phrase, exactly as given: blanks and quotation marks around it may be part of it. */
export function password(): Variable<Secret> {
  return z.string().transform(value => new Secret(value));
}

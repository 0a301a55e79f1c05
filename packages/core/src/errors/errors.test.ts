import { describe, expect, it } from '@jest/globals';
import { makeError } from 'ethers';
import { BotError, reasonOf, SetupError } from './index.ts';

class Special extends BotError {}

describe('BotError', () => {
  it('has the name of its own class, and its cause where there is one', () => {
    const error = new Special('x');
    expect([error.name, 'cause' in error]).toEqual(['Special', false]);
    const cause = new Error('why');
    expect(new SetupError('x', { cause })).toMatchObject({ name: 'SetupError', cause });
  });
});

describe('reasonOf', () => {
  it.each([
    ['the first line of a message', new Error('one\ntwo'), 'one'],
    [
      'the short message that ethers gives',
      Object.assign(new Error('long'), { shortMessage: 'short' }),
      'short',
    ],
    [
      'the node’s own words behind what ethers has no name for',
      makeError('could not coalesce error', 'UNKNOWN_ERROR', {
        error: { message: 'rate limit of your plan' },
      }),
      'the node answered: rate limit of your plan',
    ],
    [
      'the node’s own words behind a call that it did not carry out',
      Object.assign(new Error('long'), {
        shortMessage: 'missing revert data',
        info: { error: { message: 'state is not available' } },
      }),
      'the node answered: state is not available',
    ],
    [
      'what ethers says, where there is nothing behind it',
      Object.assign(new Error('long'), { shortMessage: 'missing revert data', info: null }),
      'missing revert data',
    ],
    ['the name of an error that says nothing', new TypeError(''), 'TypeError'],
    [
      'the code behind "fetch failed"',
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
      'fetch failed (ECONNREFUSED)',
    ],
    [
      'a code that is in the message already, once',
      new Error('read ECONNRESET', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
      'read ECONNRESET',
    ],
    ['a thrown text', 'oops', 'oops'],
    [
      'a foreign text that steers a terminal',
      new Error('a\0\u001b[31m\u202eb'),
      'a\\u0000\\u001b[31m\\u202eb',
    ],
    ['nothing', undefined, 'undefined'],
    ['an object without a prototype', Object.create(null), 'something that is not an error was thrown'],
    ['an error that causes itself', selfCaused(), 'loop'],
  ])('default: %s', (_, thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });
});

function selfCaused(): Error {
  const error = new Error('loop');
  error.cause = error;
  return error;
}

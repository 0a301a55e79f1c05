import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { aliased, ConfigError, declarations, flag, loadConfig, positiveInteger, variable } from './index.ts';
import { secretText } from './words.ts';

const shared = {
  DRY_RUN: variable(flag().prefault('false'), { description: 'Send nothing', example: 'true' }),
  RETRIES: variable(positiveInteger().optional(), {
    description: 'Tries',
    example: '3',
    aliases: ['TRIES'],
  }),
  TOKEN: variable(secretText().optional(), { description: 'Token', example: 'a-token', secret: true }),
};
const own = aliased(shared, { DRY_RUN: 'KEEPER_DRY_RUN', RETRIES: 'KEEPER_RETRIES', TOKEN: 'KEEPER_TOKEN' });
const namesIn = (shape: typeof shared) => declarations(z.object(shape)).map(({ names }) => names);

describe('aliased', () => {
  it('default: gives variables one more name, behind those that they have', () => {
    expect(namesIn(own)).toEqual([
      ['DRY_RUN', 'KEEPER_DRY_RUN'],
      ['RETRIES', 'TRIES', 'KEEPER_RETRIES'],
      ['TOKEN', 'KEEPER_TOKEN'],
    ]);
  });

  it('behavior: other bots’ variables stay as they are', () => {
    expect(namesIn(shared)).toEqual([['DRY_RUN'], ['RETRIES', 'TRIES'], ['TOKEN']]);
    expect(namesIn(aliased(shared, {}))).toEqual(namesIn(shared));
  });

  it('behavior: an alias keeps all other metadata of a variable', () => {
    const known = (shape: typeof shared) =>
      declarations(z.object(shape)).map(({ names, aliases, ownName, ...rest }) => rest);
    expect(known(own)).toEqual(known(shared));
  });

  it('behavior: either name is read, into the variable’s own, with its default', () => {
    const load = (env: Record<string, string>) => loadConfig(z.object(own), env).config;
    expect(load({ KEEPER_DRY_RUN: 'yes', KEEPER_RETRIES: '2' })).toMatchObject({ DRY_RUN: true, RETRIES: 2 });
    expect(load({ DRY_RUN: 'yes', TRIES: '2' })).toMatchObject({ DRY_RUN: true, RETRIES: 2 });
    expect(load({})).toMatchObject({ DRY_RUN: false });
    expect(load({ KEEPER_TOKEN: 'a-token' }).TOKEN?.reveal()).toBe('a-token');
  });

  it('behavior: both names with one value are fine, with two values they are a problem', () => {
    expect(loadConfig(z.object(own), { DRY_RUN: 'true', KEEPER_DRY_RUN: 'true' }).config.DRY_RUN).toBe(true);
    const load = () => loadConfig(z.object(own), { DRY_RUN: 'true', KEEPER_DRY_RUN: 'false' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/KEEPER_DRY_RUN/);
  });

  it('behavior: what is said of them names them as they were given, or else by the bot’s own name', () => {
    const called = (env: Record<string, string>) => {
      const { nameOf } = loadConfig(z.object(own), env);
      return ['DRY_RUN', 'RETRIES', 'ELSEWHERE'].map(nameOf);
    };
    expect(called({})).toEqual(['KEEPER_DRY_RUN', 'KEEPER_RETRIES', 'ELSEWHERE']);
    expect(called({ DRY_RUN: 'true', TRIES: '2' })).toEqual(['DRY_RUN', 'TRIES', 'ELSEWHERE']);
    expect(called({ KEEPER_DRY_RUN: 'true' })).toEqual(['KEEPER_DRY_RUN', 'KEEPER_RETRIES', 'ELSEWHERE']);
  });

  it('behavior: so do a problem and its example', () => {
    const load = () => loadConfig(z.object(own), { KEEPER_DRY_RUN: 'perhaps', TRIES: 'x' });
    expect(load).toThrow(/ {2}KEEPER_DRY_RUN: .* Example: KEEPER_DRY_RUN=true/);
    expect(load).toThrow(/ {2}TRIES: .* Example: TRIES=3/);
  });

  it('behavior: a name that is taken is a mistake of the programmer’s', () => {
    expect(() => declarations(z.object(aliased(shared, { DRY_RUN: 'TRIES' })))).toThrow(
      'TRIES means both DRY_RUN and RETRIES',
    );
    expect(() => declarations(z.object(aliased(shared, { DRY_RUN: 'TOKEN_FILE' })))).toThrow(
      'TOKEN_FILE means both DRY_RUN and TOKEN',
    );
  });
});

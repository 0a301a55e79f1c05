import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { alertVariables } from '../alerts/index.ts';
import { addressList } from './addresses.ts';
import { parsed } from './parsed.ts';
import { loadConfig, parseEnv } from './parseEnv.ts';
import { runtimeVariables } from './runtimeVariables.ts';
import { variable } from './variable.ts';
import { text } from './words.ts';

const schema = z.object({ ...alertVariables, ...runtimeVariables });
const good = {
  TELEGRAM_BOT_TOKEN: '123456:AAtoken',
  TELEGRAM_CHAT_ID: '-100200',
  SLACK_WEBHOOK_URL: 'https://hooks.example.com/services/T0/B0/XXXX',
  STATE_DIR: '/state',
};

describe('parseEnv', () => {
  it('default: of a right environment the usable values are those that loadConfig returns', () => {
    const { config, secrets } = loadConfig(schema, good);
    const parsedEnv = parseEnv(schema, good);
    expect(Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))).toEqual(
      parsedEnv.usable,
    );
    expect(parsedEnv.secrets.sort()).toEqual(secrets.sort());
  });

  it('behavior: a wrong variable has its default, or is absent, and the others keep their values', () => {
    const { usable: config } = parseEnv(schema, {
      ...good,
      TELEGRAM_BOT_TOKEN: 'no token',
      SLACK_MIN_SEVERITY: 'loud',
      STATUS_PORT: 'eighty',
      ROLLBAR_API_KEY_FILE: '/nowhere/at-all',
    });
    expect(config).toMatchObject({ SLACK_MIN_SEVERITY: 'info', STATE_DIR: '/state', LOG_LEVEL: 'info' });
    expect(config.SLACK_WEBHOOK_URL?.reveal()).toBe(good.SLACK_WEBHOOK_URL);
    for (const name of ['TELEGRAM_BOT_TOKEN', 'STATUS_PORT', 'ROLLBAR_API_KEY'])
      expect(config).not.toHaveProperty(name);
  });

  it('behavior: an invalid secret is still listed as a secret', () => {
    expect(parseEnv(schema, { TELEGRAM_BOT_TOKEN: 'no token' }).secrets).toEqual(['no token']);
  });

  it('behavior: a list keeps the entries that could be read', () => {
    const pool = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
    const lists = z.object({ POOLS: variable(addressList(), { description: 'x', example: 'x' }) });
    expect(parseEnv(lists, { POOLS: `0x12,${pool}` }).usable).toEqual({ POOLS: [pool] });
  });

  it('behavior: a variable whose parser has a defect is absent, and the defect is the error', () => {
    const broken = parsed((): string => {
      throw new TypeError('a defect');
    });
    const both = z.object({
      BROKEN: variable(broken, { description: 'x', example: 'x' }),
      WHOLE: variable(text(), { description: 'x', example: 'x' }),
    });
    const { usable, error } = parseEnv(both, { BROKEN: 'x', WHOLE: 'y' });
    expect(usable).toEqual({ WHOLE: 'y' });
    expect(error).toBeInstanceOf(TypeError);
  });
});

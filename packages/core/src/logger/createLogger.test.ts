import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from './createLogger.ts';
import { Redactor } from './redactor.ts';

const key = `0x${'1f'.repeat(31)}a7`;

describe('createLogger', () => {
  it('default', async () => {
    const stream = new PassThrough();
    const logger = createLogger({
      bot: 'checkpoint',
      level: 'info',
      format: 'json',
      redactor: new Redactor([key]),
      stream,
      now: () => 0,
    });
    logger
      .child({ pool: '0xabc' })
      .warning(`a line with ${key}`, { value: 10n, at: 'https://a.example/v2/k' });
    logger.debug('not written');
    await logger.close();
    expect(JSON.parse(String(stream.read()))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warning',
      bot: 'checkpoint',
      message: 'a line with 0x[redacted]',
      pool: '0xabc',
      value: '10',
      at: 'https://a.example/[redacted]',
    });
  });
});

import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from './Secret.ts';

describe('Secret', () => {
  it('default', () => {
    expect(new Secret('hunter2').reveal()).toBe('hunter2');
  });

  it('behavior: every way of printing it gives [secret]', () => {
    const secret = new Secret('hunter2');
    const printed = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      format('%s %o %j', secret, secret, secret),
      JSON.stringify(structuredClone(secret)),
      Object.values(secret).join(),
    ];
    expect(printed.join()).toContain('[secret]');
    expect(printed.join()).not.toContain('hunter2');
  });
});

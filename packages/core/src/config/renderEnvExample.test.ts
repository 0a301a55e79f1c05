import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { alertVariables } from '../alerts/index.ts';
import { rpcVariables, runtimeVariables, signerVariables, transactionVariables } from './index.ts';
import { positiveInteger } from './numbers.ts';
import { renderEnvExample } from './renderEnvExample.ts';
import { declarations, variable } from './variable.ts';
import { secretText } from './words.ts';

const token = variable(secretText(), {
  description: 'A token',
  example: 'abc',
  secret: true,
  aliases: ['PASS'],
});
const count = variable(positiveInteger(), { description: 'How many', example: '5' });
const more = variable(positiveInteger().prefault('3'), { description: 'More', example: '6' });

describe('renderEnvExample', () => {
  it('default', () => {
    const sections = [
      { title: 'Checkpoint bot', schema: z.object({ COUNT: count, TOKEN: token }) },
      { title: 'Keeper', schema: z.object({ TOKEN: token, MORE: more }) },
    ];
    expect(renderEnvExample(sections)).toBe(`\
# ── Every bot ──

# A token. Required. Also called PASS. Secret: better in a file of mode 600, named in TOKEN_FILE.
TOKEN=

# ── Checkpoint bot ──

# How many. Required.
COUNT=5

# ── Keeper ──

# More. Default: 3.
# MORE=6
`);
    expect(renderEnvExample(sections)).toBe(renderEnvExample(sections));
  });
});

describe('the shared variables', () => {
  const schema = z.object({
    ...rpcVariables,
    ...signerVariables('CHECKPOINT_BOT_KEY'),
    ...transactionVariables,
    ...runtimeVariables,
    ...alertVariables,
  });

  it.each(declarations(schema))('behavior: the documented example of $name parses', ({ name, example }) => {
    const field = schema.shape[name as keyof typeof schema.shape];
    expect(field.safeParse(example).error).toBeUndefined();
  });

  it('behavior: no secret has a value in the example file', () => {
    const lines = renderEnvExample([{ title: 'All', schema }]).split('\n');
    for (const { name, secret, example } of declarations(schema)) {
      if (!secret) continue;
      expect(lines.filter(line => new RegExp(`^(# )?${name}=`).test(line))).toEqual([
        expect.stringMatching(/=$/),
      ]);
      expect(lines.join('\n')).not.toContain(example);
    }
  });
});

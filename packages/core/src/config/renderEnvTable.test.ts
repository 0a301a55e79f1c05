import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { positiveInteger } from './numbers.ts';
import { renderEnvTable } from './renderEnvTable.ts';
import { variable } from './variable.ts';
import { choice, secretText } from './words.ts';

describe('renderEnvTable', () => {
  it('default', () => {
    const schema = z.object({
      TOKEN: variable(secretText(), {
        description: 'A token',
        example: 'abc',
        secret: true,
        aliases: ['PASS'],
      }),
      COUNT: variable(positiveInteger().prefault('3'), { description: 'How many', example: '5' }),
      KIND: variable(choice(['a', 'b']).optional(), {
        description: 'Either a|b',
        example: 'a',
        defaultText: 'both',
      }),
    });
    expect(renderEnvTable(schema)).toBe(`\
| Variable | Meaning | Default | Example |
| --- | --- | --- | --- |
| \`TOKEN\`<br>or \`PASS\`, \`TOKEN_FILE\`, \`PASS_FILE\` | A token | **required** | secret |
| \`COUNT\` | How many | \`3\` | \`5\` |
| \`KIND\` | Either a\\|b | both | \`a\` |
`);
  });
});

import type { ConfigProblem } from './ConfigError.ts';
import { privateKey } from './privateKey.ts';
import { together } from './together.ts';
import { variable } from './variable.ts';
import { password, text } from './words.ts';

const keystoreVariables = {
  KEYSTORE_FILE: variable(text().optional(), {
    description: 'Path of an encrypted JSON keystore that holds the key, instead of the key itself',
    example: '/run/secrets/keystore.json',
  }),
  KEYSTORE_PASSWORD: variable(password().optional(), {
    description: 'Password of the keystore',
    example: 'the-password-of-the-keystore',
    secret: true,
  }),
};

function keyVariable(walletKey: 'always' | 'at times') {
  return variable(privateKey().optional(), {
    description: 'Private key of the wallet of this bot alone: 64 hex digits',
    example: `0x${'12'.repeat(32)}`,
    secret: true,
    walletKey,
  });
}

type SignerVariables<Name extends string> = Record<Name, ReturnType<typeof keyVariable>> &
  typeof keystoreVariables;

/**
 * Returns the variables of the key that a bot signs with: the key under the bot's own name for it, or a
 * keystore.
 * @param need whether the bot works only with a key (`always`), or needs one for some settings (`at times`)
 */
export function signerVariables<Name extends string>(
  keyName: Name,
  need: 'always' | 'at times' = 'always',
): SignerVariables<Name> {
  return {
    ...({ [keyName]: keyVariable(need) } as Record<Name, ReturnType<typeof keyVariable>>),
    ...keystoreVariables,
  };
}

/** Schema check: not both a key and a keystore, and no keystore without its password. */
export function oneSigner(keyName: string) {
  return together<Record<string, unknown>>(config => {
    // "Given" and not "valid": what was given and did not parse has a problem of its own as well.
    const given = (name: string) => config[name] !== undefined;
    const problems: ConfigProblem[] = [];
    if (given(keyName) && given('KEYSTORE_FILE'))
      problems.push({
        variable: keyName,
        problem: 'is given and KEYSTORE_FILE is too: leave one of them out',
      });
    if (given('KEYSTORE_FILE') && !given('KEYSTORE_PASSWORD'))
      problems.push({ variable: 'KEYSTORE_PASSWORD', problem: 'is not set, and KEYSTORE_FILE needs it' });
    if (given('KEYSTORE_PASSWORD') && !given('KEYSTORE_FILE'))
      problems.push({ variable: 'KEYSTORE_FILE', problem: 'is not set, and KEYSTORE_PASSWORD is for it' });
    return problems;
  });
}

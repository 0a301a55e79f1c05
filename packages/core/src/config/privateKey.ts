import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './Secret.ts';

// SEC 2, secp256k1: the order of the group. A private key is 1 … order - 1.
const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * Parses a secp256k1 private key, 64 hex digits with or without 0x, into a Secret of `0x` and 64 lower-case
 * digits.
 */
export function privateKey(): Variable<Secret> {
  return parsed(text => {
    const digits = text.replace(/^0x/i, '');
    // The texts hold counts only: no part of the input may reach a text.
    if (!/^[0-9a-f]*$/i.test(digits))
      throw new Refusal('is not a private key: it has other characters than hex digits');
    if (digits.length !== 64)
      throw new Refusal(`is not a private key: ${digits.length} hex digits instead of 64`);
    const key = BigInt(`0x${digits}`);
    if (key === 0n || key >= curveOrder)
      throw new Refusal('is not a private key: out of the range of the curve');
    return new Secret(`0x${digits.toLowerCase()}`);
  });
}

import { describe, expect, it } from '@jest/globals';
import { getAddress, Interface, Transaction, Wallet } from 'ethers';
import fc from 'fast-check';
import { GasAboveLimit } from './errors.ts';
import {
  limitOf,
  PolicySigner,
  PolicyViolation,
  type TransactionPolicy,
  violationOf,
} from './PolicySigner.ts';

const listed = `0x${'a1'.repeat(20)}`;
const alsoListed = `0x${'b2'.repeat(20)}`;
const functions = ['checkpoint(uint256 _checkpointTime, uint256 _maxIterations)', 'ping()'];
const selectors = ['0x414f826d', new Interface(['function ping()']).getFunction('ping')?.selector ?? ''];
const policyFor = (contracts: readonly string[]): TransactionPolicy => ({
  chainId: 31337,
  functions,
  contracts: () => contracts,
  maxGas: 3_000_000n,
});
const policy = policyFor([getAddress(listed), alsoListed]);
const good = {
  type: 2,
  chainId: 31337,
  to: listed,
  data: `${selectors[0]}${'00'.repeat(64)}`,
  value: 0n,
  nonce: 0,
  gasLimit: 100_000n,
  maxFeePerGas: 2n,
  maxPriorityFeePerGas: 1n,
};

describe('violationOf', () => {
  it('default: a declared function of a declared contract, without value, may be signed', () => {
    expect(violationOf(policy, good)).toBeUndefined();
  });

  it.each([
    ['another chain', { chainId: 1 }, 'chain 1 instead of 31337'],
    ['no chain', { chainId: undefined }, 'chain undefined'],
    ['another type', { type: 0 }, 'transaction type 0'],
    ['a type that delegates the account', { type: 4 }, 'transaction type 4'],
    ['a contract creation', { to: null }, 'a contract creation'],
    ['another contract', { to: `0x${'c3'.repeat(20)}` }, 'not one of its contracts'],
    ['another function', { data: '0xa9059cbb' }, 'the function 0xa9059cbb'],
    ['no data', { data: '0x' }, 'the function 0x'],
    ['half a selector', { data: '0x414f82' }, 'the function 0x414f82'],
    ['a value', { value: 1n }, 'a value of 1 wei'],
  ])('refused: %s', (_, change, reason) => {
    expect(violationOf(policy, { ...good, ...change } as typeof good)).toContain(reason);
  });

  it('behavior: arguments are refused by the policy of the bot', () => {
    const strict = {
      ...policy,
      refuses: ({ data }: { data: string }) => (data.endsWith('00') ? 'a zero' : undefined),
    };
    expect(violationOf(strict, good)).toBe('a zero');
    expect(violationOf(strict, { ...good, data: `${good.data.slice(0, -2)}01` })).toBeUndefined();
    // The rest of the policy is checked first.
    expect(violationOf(strict, { ...good, value: 1n })).toContain('a value');
  });

  it('property: of arbitrary transactions exactly the declared ones pass', () => {
    const to = fc.oneof(
      fc.constantFrom(listed, alsoListed, getAddress(listed), `0x${'c3'.repeat(20)}`),
      fc.constant(null),
    );
    const selector = fc.oneof(fc.constantFrom(...selectors, '0xa9059cbb', '0x'), hex(4));
    const tx = fc.record({
      type: fc.constantFrom(0, 1, 2, 3, 4, null),
      chainId: fc.constantFrom(31337n, 1n, 0n),
      to,
      data: fc.tuple(selector, hex(8)).map(([start, end]) => start + end.slice(2)),
      value: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 20n })),
      gasLimit: fc.bigInt({ min: 0n, max: 6_000_000n }),
    });
    fc.assert(
      fc.property(tx, each => {
        const isDeclared =
          each.type === 2 &&
          each.chainId === 31337n &&
          [listed, alsoListed].includes((each.to ?? '').toLowerCase()) &&
          selectors.includes(each.data.slice(0, 10)) &&
          each.value === 0n &&
          each.gasLimit <= 3_000_000n;
        const isSigned = violationOf(policy, each) === undefined && limitOf(policy, each) === undefined;
        expect(isSigned).toBe(isDeclared);
      }),
      { numRuns: 500 },
    );
  });

  it('property: the case of addresses does not matter', () => {
    fc.assert(
      fc.property(hex(20), fc.boolean(), fc.boolean(), (address, isListedMixed, isAskedMixed) => {
        const contracts = [isListedMixed ? getAddress(address) : address];
        const asked = isAskedMixed ? getAddress(address) : address;
        expect(violationOf(policyFor(contracts), { ...good, to: asked })).toBeUndefined();
      }),
    );
  });

  it('behavior: a contract removed from the list is refused from then on', () => {
    const contracts = [listed];
    expect(violationOf(policyFor(contracts), good)).toBeUndefined();
    contracts.length = 0;
    expect(violationOf(policyFor(contracts), good)).toContain('not one of its contracts');
  });
});

describe('the operator’s limit', () => {
  it.each([
    [
      4_776_090n,
      3_000_000n,
      'needs 4.8 M gas, MAX_GAS is 3 M: it is not sent. Set MAX_GAS to 4800000 or more',
    ],
    [3_000_001n, 3_000_000n, 'needs 3 M gas, MAX_GAS is 3 M: it is not sent. Set MAX_GAS to 3100000 or more'],
    [
      232_000n,
      100_000n,
      'needs 0.232 M gas, MAX_GAS is 0.1 M: it is not sent. Set MAX_GAS to 300000 or more',
    ],
  ])(
    'a gas limit of %s where %s is allowed is no violation, and says what to set',
    async (gasLimit, maxGas, says) => {
      const tx = { ...good, gasLimit };
      expect(violationOf({ ...policy, maxGas }, tx)).toBeUndefined();
      expect(limitOf({ ...policy, maxGas }, tx)?.message).toContain(says);
      const signer = new PolicySigner(new Wallet(`0x${'12'.repeat(32)}`), { ...policy, maxGas });
      await expect(signer.sign(tx)).rejects.toThrow(GasAboveLimit);
    },
  );

  it('names the variable as the operator wrote it, and lets as much as the limit pass', () => {
    const named = { ...policy, maxGas: 100_000n, maxGasName: 'GAS_CAP' };
    expect(limitOf(named, { ...good, gasLimit: 100_001n })?.message).toContain('GAS_CAP is 0.1 M');
    expect(limitOf(named, { ...good, gasLimit: 100_000n })).toBeUndefined();
  });
});

describe('PolicySigner', () => {
  const wallet = new Wallet(`0x${'12'.repeat(32)}`);

  it('default: signs what the policy allows, with its own key', async () => {
    const raw = await new PolicySigner(wallet, policy).sign(good);
    const signed = Transaction.from(raw);
    expect(signed.from).toBe(wallet.address);
    expect([signed.to?.toLowerCase(), signed.data, signed.value]).toEqual([listed, good.data, 0n]);
  });

  it('behavior: signs nothing else with the key', async () => {
    let signatures = 0;
    const counting = {
      address: wallet.address,
      async signTransaction() {
        signatures += 1;
        return '0x';
      },
    };
    const signer = new PolicySigner(counting, policy);
    for (const change of [{ value: 1n }, { to: `0x${'c3'.repeat(20)}` }, { data: '0x' }, { chainId: 1 }]) {
      await expect(signer.sign({ ...good, ...change })).rejects.toThrow(PolicyViolation);
    }
    expect(signatures).toBe(0);
  });

  it('behavior: a transaction that changes between check and signature is signed as it was checked', async () => {
    let reads = 0;
    const shifty = {
      ...good,
      get to() {
        reads += 1;
        return reads === 1 ? listed : `0x${'c3'.repeat(20)}`;
      },
    };
    const raw = await new PolicySigner(wallet, policy).sign(shifty);
    expect(Transaction.from(raw).to?.toLowerCase()).toBe(listed);
  });
});

function hex(bytes: number) {
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map(array => `0x${Buffer.from(array).toString('hex')}`);
}

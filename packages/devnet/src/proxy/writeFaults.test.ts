import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keccak256, Transaction, Wallet } from 'ethers';
import { devAccounts, roles } from '../chain/accounts.ts';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { faults } from './faults.ts';
import { type NodeSoftware, nodeWordings, type TransactionRefusal } from './nodeWordings.ts';
import { rawCall } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
let wallet: Wallet;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
  wallet = new Wallet(roles.bot.privateKey, anvil.provider);
});
afterEach(() => proxy.clearFault());
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});

async function signed(overrides: object = {}): Promise<string> {
  const filled = await wallet.populateTransaction({ to: devAccounts[0].address, value: 1n, ...overrides });
  return wallet.signTransaction(filled);
}
const send = (raw: string, timeoutMs?: number) =>
  rawCall(proxy.rpcUrl, 'eth_sendRawTransaction', [raw], timeoutMs);
/** Returns whether the chain has it: anvil answers a moment before it mines. */
const landed = async (raw: string) => (await anvil.provider.getTransaction(keccak256(raw))) !== null;

describe('lost-replies', () => {
  it.each([
    ['hang', 'timeout', 1_000],
    ['reset', 'ECONNRESET', undefined],
    ['refuse', 'ECONNRESET', undefined],
  ] as const)('%s: carried out, and the client does not hear of it', async (how, end, timeoutMs) => {
    await proxy.setFault(faults.lostReplies(['eth_sendRawTransaction'], how));
    const raw = await signed();
    expect((await send(raw, timeoutMs)).end).toBe(end);
    expect(await landed(raw)).toBe(true);
    expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).json().result).toBe('0x7a69');
    expect(proxy.log.at(-1)?.done).toBe('ok');
    expect(proxy.log.at(-2)?.done).toBe(`lost-replies(eth_sendRawTransaction; ${how})`);
  });
});

describe('refused transactions', () => {
  const everyWording = (Object.keys(nodeWordings) as NodeSoftware[]).flatMap(node =>
    (Object.keys(nodeWordings[node]) as TransactionRefusal[]).map(refusal => [node, refusal] as const),
  );

  it.each(everyWording)('%s: %s, carried out or not', async (node, refusal) => {
    for (const carriedOut of [false, true]) {
      const raw = await signed();
      const { nonce } = Transaction.from(raw);
      await proxy.setFault(faults.refusesTransactions(refusal, node, { carriedOut }));
      const answer = await send(raw);
      expect(answer.status).toBe(200);
      const { error } = answer.json();
      expect(error?.code).toBe(nodeWordings[node][refusal].code);
      expect(error?.message).not.toMatch(/undefined|NaN/);
      if (refusal === 'nonce-too-low' && node === 'geth') {
        expect(error?.message).toBe(`nonce too low: next nonce ${nonce + 1}, tx nonce ${nonce}`);
      }
      expect(await landed(raw)).toBe(carriedOut);
    }
  });

  it('in the words of each node', () => {
    const facts = { nonce: 4, nextNonce: 9, costWei: 30n, balanceWei: 10n, feeCapWei: 7n, tipWei: 2n };
    const words = Object.fromEntries(
      everyWording.map(([node, refusal]) => {
        const { code, message } = nodeWordings[node][refusal];
        return [`${node} ${refusal}`, `${code} ${message(facts)}`];
      }),
    );
    expect(words).toMatchObject({
      'geth already-known': '-32000 already known',
      'geth nonce-too-low': '-32000 nonce too low: next nonce 9, tx nonce 4',
      'geth insufficient-funds':
        '-32000 insufficient funds for gas * price + value: balance 10, tx cost 30, overshot 20',
      'geth fee-too-low': '-32000 transaction underpriced: gas tip cap 2, minimum needed 3',
      'reth insufficient-funds': '-32003 insufficient funds for gas * price + value: have 10 want 30',
      'nethermind already-known': '-32010 AlreadyKnown',
      'nethermind nonce-too-low': '-32010 OldNonce, Current nonce: 9, nonce of rejected tx: 4',
      'nethermind nonce-too-high': '-32010 NonceGap, Future nonce. Expected nonce: 9',
      'nethermind insufficient-funds': '-32010 InsufficientFunds, Account balance: 10, cumulative cost: 30',
      'erigon already-known': '-32000 ALREADY_EXISTS: already known',
      'erigon nonce-too-low': '-32000 INTERNAL_ERROR: nonce too low',
      'erigon replacement-underpriced': '-32000 INTERNAL_ERROR: could not replace existing tx',
    });
  });

  it('anvil’s words are those of the anvil we run', async () => {
    await anvil.send('evm_setAutomine', [false]);
    const first = await signed();
    expect((await send(first)).json().result).toBe(keccak256(first));
    const nonce = await wallet.getNonce();
    const dear = { nonce: nonce + 1, value: 10n ** 30n, gasLimit: 21_000n };
    const cheap = { nonce: nonce + 1, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, gasLimit: 21_000n };
    const said = async (raw: string) => (await send(raw)).json().error;
    const facts = { nonce: 0, nextNonce: 0, costWei: 0n, balanceWei: 0n, feeCapWei: 0n, tipWei: 0n };
    const ours = (refusal: TransactionRefusal) => {
      const { code, message } = nodeWordings.anvil[refusal];
      return { code, message: message(facts) };
    };
    expect(await said(first)).toEqual(ours('already-known'));
    expect(await said(await signed({ nonce, value: 2n }))).toEqual(ours('replacement-underpriced'));
    expect(await said(await signed(dear))).toEqual(ours('insufficient-funds'));
    expect(await said(await signed(cheap))).toEqual(ours('fee-too-low'));
    await anvil.send('evm_setAutomine', [true]);
    await anvil.time.mine();
    expect(await said(first)).toEqual(ours('nonce-too-low'));
  });

  it('already-known is true by default; bytes that are no transaction are the chain’s to refuse', async () => {
    await proxy.setFault(faults.alreadyKnown('erigon'));
    const raw = await signed();
    expect((await send(raw)).json().error?.message).toBe('ALREADY_EXISTS: already known');
    expect(await landed(raw)).toBe(true);
    expect((await send('0x1234')).json().error?.code).toBe(-32602);
  });

  it('swallows-transactions: the hash, and nothing reaches the chain', async () => {
    await proxy.setFault(faults.swallowsTransactions);
    const raw = await signed();
    expect((await send(raw)).json().result).toBe(keccak256(raw));
    expect(await landed(raw)).toBe(false);
  });
});

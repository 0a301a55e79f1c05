import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { devAccounts, monotonicRealMs, until, type VirtualClock } from '@service-bots/devnet';
import { toQuantity } from 'ethers';
import { type Chain, openChain } from '../src/world/Chain.ts';

const gwei = 10n ** 9n;
const [sender, receiver] = [devAccounts[2].address, devAccounts[3].address];

/** The machine's own time: the miner does not care which clock it follows. */
const clock = { nowMs: () => Date.now(), realMs: monotonicRealMs } as unknown as VirtualClock;
let chain: Chain;
beforeEach(async () => {
  const options = {
    name: 'test',
    chainId: 1,
    blockSeconds: 0.2,
    firstBlock: 500,
    baseFeeWei: () => 9n * gwei,
  };
  chain = await openChain(options, clock, () => () => undefined);
  await chain.miner.start();
});
afterEach(() => chain.close());

const blockAt = (number: number) => chain.anvil.provider.getBlock(number);
async function pay(): Promise<string> {
  const params = [{ from: sender, to: receiver, value: toQuantity(1) }];
  return (await chain.anvil.send('eth_sendTransaction', params)) as string;
}
const blockOf = async (hash: string) =>
  (await chain.anvil.provider.getTransactionReceipt(hash))?.blockNumber ?? undefined;
const minedAt = (hash: string) => until('the payment is mined', () => blockOf(hash));
/** Halts the miner, and replaces the blocks from this number on. */
async function reorgFrom(number: number, forgotten: ReadonlySet<string> = new Set()): Promise<void> {
  chain.miner.halt(true);
  // Anvil shows a block before the miner counts it, and another block may be under way: a change waits for both.
  await chain.miner.drop(new Set());
  await chain.miner.reorg(chain.miner.head.number - number + 1, forgotten);
}

describe('the miner of a campaign', () => {
  it('default: blocks come by themselves, at the base fee that it is given, and evm_mine waits for one', async () => {
    const before = chain.miner.head.number;
    await chain.anvil.send('evm_mine');
    const { number } = chain.miner.head;
    expect(number).toBe(before + 1);
    expect((await blockAt(number))?.baseFeePerGas).toBe(9n * gwei);
    chain.miner.spike(20);
    await chain.miner.nextBlock();
    expect((await blockAt(chain.miner.head.number))?.baseFeePerGas).toBe(180n * gwei);
    // Anvil expects the base fee to fall after an empty block, and would offer too little for the next one.
    await minedAt(await pay());
  });

  it('behavior: a reorg replaces the newest blocks, and their transactions are mined again', async () => {
    const hash = await pay();
    const number = await minedAt(hash);
    const orphan = await blockAt(number);
    await reorgFrom(number);
    expect(await minedAt(hash)).toBe(number);
    const block = await blockAt(number);
    expect(block?.hash).not.toBe(orphan?.hash);
    expect(block?.timestamp).toBe(orphan?.timestamp);
    expect(chain.miner.head.number).toBe(await chain.anvil.provider.getBlockNumber());
  });

  it('behavior: a reorg can lose the transactions of a sender', async () => {
    const hash = await pay();
    const number = await minedAt(hash);
    await reorgFrom(number, new Set([sender.toLowerCase()]));
    expect(await chain.anvil.provider.getTransaction(hash)).toBeNull();
  });

  it('behavior: a stalled transaction waits in the mempool while blocks come, and is mined afterwards', async () => {
    chain.miner.stall(new Set([sender.toLowerCase()]));
    const hash = await pay();
    await chain.miner.nextBlock();
    await chain.miner.nextBlock();
    expect(await blockOf(hash)).toBeUndefined();
    await until('the payment waits again', async () => {
      const { pending } = (await chain.anvil.send('txpool_status')) as { pending: string };
      return pending === '0x1' || undefined;
    });
    chain.miner.stall(new Set());
    expect(await minedAt(hash)).toBeGreaterThan(0);
  });

  it("behavior: a sender's waiting transactions are dropped, and no others", async () => {
    chain.miner.halt(true);
    await pay();
    await chain.anvil.send('eth_sendTransaction', [{ from: receiver, to: sender, value: '0x1' }]);
    expect(await chain.miner.drop(new Set([sender.toLowerCase()]))).toBe(1);
    expect(await chain.anvil.send('txpool_status')).toMatchObject({ pending: '0x1' });
  });
});

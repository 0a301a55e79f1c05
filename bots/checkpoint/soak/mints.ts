import type { Anvil, DevnetPool } from '@service-bots/devnet';
import type { Maturing } from './traders.ts';

/** The checkpoints in which positions matured, by outcome. */
export interface Mints {
  matured: number;
  byBot: number;
  byTrades: number;
  /** `<pool> <checkpoint>` of each due checkpoint that is not minted. */
  missing: string[];
  /** The same of each checkpoint that the bot minted more than once. */
  twice: string[];
}

/** @param due the checkpoints that have to be minted by now */
export async function countMints(
  pools: readonly DevnetPool[],
  due: readonly Maturing[],
  bot: string,
): Promise<Mints> {
  const minters = new Map<string, string[]>();
  for (const pool of pools) {
    const filter = pool.contract.filters.CreateCheckpoint;
    if (!filter) throw new Error('the ABI has no CreateCheckpoint');
    for (const event of await pool.contract.queryFilter(filter(), 0, 'latest')) {
      const { checkpointTime } = (event as unknown as { args: Record<string, bigint> }).args;
      const key = `${pool.name} ${checkpointTime}`;
      const { from } = await event.getTransaction();
      minters.set(key, [...(minters.get(key) ?? []), from]);
    }
  }
  const wanted = [...new Set(due.map(({ pool, maturity }) => `${pool.name} ${maturity}`))];
  const mintedBy = (key: string, who: (from: string) => boolean) => (minters.get(key) ?? []).some(who);
  return {
    matured: wanted.length,
    byBot: wanted.filter(key => mintedBy(key, from => from === bot)).length,
    byTrades: wanted.filter(key => mintedBy(key, from => from !== bot)).length,
    missing: wanted.filter(key => !minters.has(key)),
    twice: [...minters].flatMap(([key, who]) => (who.filter(from => from === bot).length > 1 ? [key] : [])),
  };
}

/** The bot's transactions on the chain. */
export interface Transactions {
  count: number;
  reverted: number;
  /** Whether their nonces are 0, 1, 2 … and no transaction waits behind them. */
  gapless: boolean;
  /** The number of repetitions with the same contract and the same data. */
  repeated: number;
}

export async function transactionsOf(
  { provider }: Anvil,
  from: string,
  firstBlock: number,
): Promise<Transactions> {
  const nonces: number[] = [];
  const calls = new Set<string>();
  let reverted = 0;
  const last = await provider.getBlockNumber();
  for (let number = firstBlock; number <= last; number += 1) {
    const block = await provider.getBlock(number, true);
    for (const tx of block?.prefetchedTransactions ?? []) {
      if (tx.from !== from) continue;
      nonces.push(tx.nonce);
      calls.add(`${tx.to} ${tx.data}`);
      if ((await provider.getTransactionReceipt(tx.hash))?.status !== 1) reverted += 1;
    }
  }
  const [latest, pending] = await Promise.all([
    provider.getTransactionCount(from, 'latest'),
    provider.getTransactionCount(from, 'pending'),
  ]);
  const gapless = nonces.every((nonce, i) => nonce === i) && latest === nonces.length && pending === latest;
  return { count: nonces.length, reverted, gapless, repeated: nonces.length - calls.size };
}

import { Secret } from '@service-bots/core/config';
import { readPools } from '@service-bots/core/hyperdrive';
import { type BatchReader, createBatchReader, FailoverProvider, readHead } from '@service-bots/core/rpc';
import { roles, until } from '@service-bots/devnet';
import { MaxUint256, toQuantity } from 'ethers';
import { openCall } from '../src/executing/tradeCall.ts';
import type { PoolView, Positions, Step } from '../src/planning/view.ts';
import { type LpandarbPool, newPool } from '../src/reading/LpandarbPool.ts';
import { tokenAbi } from '../src/reading/readPool.ts';
import { readSnapshot, scanPositions } from '../src/reading/readSnapshot.ts';
import type { ChainMonth } from '../test/support/ChainMonth.ts';
import { patiently } from './patiently.ts';
import type { Run } from './strategies.ts';

const wallet = roles.bot.address;

/** A strategy's wallet and pool on a real chain. Its transactions have no bounds. */
export class ChainRun implements Run {
  view!: PoolView;
  base = 0n;
  held: Positions = { lpShares: 0n, withdrawalShares: 0n, bonds: [] };
  /** The payment for closing everything now. */
  worth = 0n;
  trades = 0;
  gasWei = 0n;
  readonly #month: ChainMonth;
  readonly #provider: FailoverProvider;
  readonly #reader: BatchReader;
  readonly #pool: LpandarbPool;

  private constructor(
    month: ChainMonth,
    provider: FailoverProvider,
    reader: BatchReader,
    pool: LpandarbPool,
  ) {
    this.#month = month;
    this.#provider = provider;
    this.#reader = reader;
    this.#pool = pool;
  }

  static open(month: ChainMonth): Promise<ChainRun> {
    return patiently(() => ChainRun.#open(month));
  }

  static async #open(month: ChainMonth): Promise<ChainRun> {
    const endpoints = [{ label: 'month', url: new Secret(month.anvil.rpcUrl) }];
    const provider = await FailoverProvider.connect(endpoints, undefined);
    const reader = await createBatchReader(provider);
    const head = await readHead(provider);
    const { pools } = await readPools(reader, head, [month.pool.address]);
    const [pool] = pools.map(found => ({ ...newPool(found), isRegistered: true }));
    if (!pool) throw new Error('the pool could not be read');
    await scanPositions(reader, { block: head, pool, wallet });
    const run = new ChainRun(month, provider, reader, pool);
    await run.read();
    return run;
  }

  read(): Promise<void> {
    return patiently(() => this.#read());
  }

  async #read(): Promise<void> {
    const look = await readSnapshot({
      reader: this.#reader,
      block: await readHead(this.#provider),
      pools: [this.#pool],
      wallet,
      sourceOf: () => ({ kind: 'vault' }),
      lookBackSeconds: 86_400,
    });
    const [seen] = look.pools;
    if (!seen || !('view' in seen)) throw new Error('the pool could not be read', { cause: seen });
    this.view = seen.view;
    this.held = seen.marked.positions;
    this.worth = seen.marked.liquidity + seen.marked.bonds;
    this.base = look.snapshot.base.get(seen.view.settlement.account) ?? 0n;
  }

  async do(step: Step): Promise<boolean> {
    if (this.trades === 0) {
      const approve = tokenAbi.encodeFunctionData('approve', [this.view.address, MaxUint256]);
      await this.#send(this.view.settlement.token, approve);
    }
    const isDone = await this.#send(this.view.address, openCall(step, wallet, this.view));
    if (isDone) this.trades += 1;
    await this.read();
    return isDone;
  }

  close(): void {
    this.#provider.destroy();
  }

  /** @returns whether the chain accepted the call */
  async #send(to: string, data: string): Promise<boolean> {
    const { send, provider } = this.#month.anvil;
    const call = { from: wallet, to, data };
    const gas = await provider.estimateGas(call).catch(() => undefined);
    if (gas === undefined) return false;
    const hash = String(await send('eth_sendTransaction', [{ ...call, gas: toQuantity(gas * 2n) }]));
    // Anvil answers a moment before it mines, and brings no later block at which ethers would look again.
    const receipt = await until('a trade is mined', () => provider.getTransactionReceipt(hash));
    this.gasWei += receipt.gasUsed * receipt.gasPrice;
    return receipt.status === 1;
  }
}

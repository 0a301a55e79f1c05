import { setTimeout as delay } from 'node:timers/promises';
import type { Anvil, VirtualClock } from '@service-bots/devnet';
import { Transaction, toBeHex, toQuantity } from 'ethers';

/** The head of a chain, as the miner made it. */
export interface Head {
  readonly number: number;
  readonly timestamp: number;
}

export interface MinerOptions {
  readonly anvil: Anvil;
  readonly clock: VirtualClock;
  readonly blockSeconds: number;
  /** Returns the base fee of the next block, in wei, in ordinary times. */
  readonly baseFeeWei: () => bigint;
  /** Called when a block is begun; the result is called when it is mined. */
  readonly onBlock: () => () => void;
}

/** Within this time, in real ms, anvil's clock has not moved on by a second. */
const promptMs = 300;

/**
 * Mines a chain by the virtual clock: a block every `blockSeconds`, stamped with the clock's second, at a base
 * fee of ours, since empty blocks would let it fall to nothing.
 */
export class Miner {
  readonly #options: MinerOptions;
  #head: Head = { number: 0, timestamp: 0 };
  #isOver = false;
  #isHalted = false;
  #feeFactor = 1;
  #stalled: ReadonlySet<string> = new Set();
  #waiting: (() => void)[] = [];
  /** The last change of the chain; the next change begins when it has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #loop: Promise<void> | undefined;

  constructor(options: MinerOptions) {
    this.#options = options;
  }

  get head(): Head {
    return this.#head;
  }

  get isMining(): boolean {
    return this.#loop !== undefined && !this.#isOver;
  }

  async start(): Promise<void> {
    const { anvil } = this.#options;
    await anvil.time.setAutomine(false);
    this.#head = await anvil.time.latest();
    this.#loop = this.#mineOnTime();
    await this.nextBlock();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#loop;
  }

  /** No block comes until it is called with false. */
  halt(isHalted: boolean): void {
    this.#isHalted = isHalted;
  }

  /** Multiplies the base fee from the next block on. */
  spike(factor: number): void {
    this.#feeFactor = factor;
  }

  /** From now on the transactions of these senders wait in the node's mempool, and no block takes them. */
  stall(senders: ReadonlySet<string>): void {
    this.#stalled = senders;
  }

  /** Resolves when the next block is mined. */
  nextBlock(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  /**
   * Replaces the newest `depth` blocks by as many others. The transactions of the old ones wait in the mempool
   * again, except those of `forgotten`.
   */
  reorg(depth: number, forgotten: ReadonlySet<string>): Promise<void> {
    return this.#alone(async () => {
      const { anvil } = this.#options;
      const { provider, send } = anvil;
      const numbers = Array.from({ length: depth }, (_, i) => this.#head.number - depth + 1 + i);
      const blocks = await Promise.all(numbers.map(number => provider.getBlock(number, true)));
      await send('anvil_rollback', [depth]);
      this.#head = await anvil.time.latest();
      // Another proposer: the hashes differ even where nothing else does.
      await send('anvil_setCoinbase', [toBeHex(numbers.at(-1) ?? 1, 20)]);
      const orphans = blocks.flatMap(block => block?.prefetchedTransactions ?? []);
      for (const transaction of orphans) {
        if (forgotten.has(transaction.from.toLowerCase()) || !transaction.signature) continue;
        const raw = Transaction.from(transaction).serialized;
        // A transaction that no longer fits is lost, as it may be on a real chain.
        await send('eth_sendRawTransaction', [raw]).catch(() => undefined);
      }
      for (const block of blocks) if (block) await this.#mineAt(block.timestamp);
    });
  }

  /** Removes the waiting transactions of these senders from the mempool. @returns how many */
  drop(senders: ReadonlySet<string>): Promise<number> {
    return this.#alone(async () => {
      const hashes = await this.#waitingOf(senders);
      for (const hash of hashes) await this.#options.anvil.send('anvil_dropTransaction', [hash]);
      return hashes.length;
    });
  }

  /** Returns the hashes of the senders' waiting transactions, in the order of their nonces. */
  async #waitingOf(senders: ReadonlySet<string>): Promise<string[]> {
    const { pending, queued } = (await this.#options.anvil.send('txpool_content', [])) as Record<
      'pending' | 'queued',
      Record<string, Record<string, { hash: string }>>
    >;
    return [pending, queued].flatMap(part =>
      Object.entries(part)
        .filter(([sender]) => senders.has(sender.toLowerCase()))
        .flatMap(([, byNonce]) =>
          Object.entries(byNonce)
            .sort(([one], [other]) => Number(one) - Number(other))
            .map(([, { hash }]) => hash),
        ),
    );
  }

  async #mineOnTime(): Promise<void> {
    const { blockSeconds, clock, onBlock } = this.#options;
    let dueMs = clock.nowMs();
    while (!this.#isOver) {
      // A chain that was late does not make up for the missed blocks.
      dueMs = Math.max(dueMs + blockSeconds * 1_000, clock.nowMs());
      await delay(dueMs - clock.nowMs());
      if (this.#isHalted || this.#isOver) continue;
      const mined = onBlock();
      await this.#alone(() => this.#mineAt(Math.floor(clock.nowMs() / 1_000))).finally(mined);
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  async #mineAt(timestamp: number): Promise<void> {
    const { anvil, baseFeeWei } = this.#options;
    const baseFee = BigInt(Math.round(Number(baseFeeWei()) * this.#feeFactor));
    // In order, and without a wait for each answer.
    // Blocks of less than a second share one. Anvil's own clock would run at the pace of this machine.
    const at = Math.max(timestamp, this.#head.timestamp);
    const before = this.#options.clock.realMs();
    await Promise.all([
      anvil.send('anvil_setTime', [at]),
      anvil.send('anvil_setNextBlockBaseFeePerGas', [toQuantity(baseFee)]),
    ]);
    await this.#withoutStalled(() => anvil.send('evm_mine'));
    const wasPrompt = this.#options.clock.realMs() - before < promptMs;
    this.#head = wasPrompt ? { number: this.#head.number + 1, timestamp: at } : await anvil.time.latest();
  }

  /** Mines without the stalled transactions, which are in the mempool before and after it. */
  async #withoutStalled(mine: () => Promise<unknown>): Promise<void> {
    if (this.#stalled.size === 0) return void (await mine());
    const { send } = this.#options.anvil;
    const hashes = await this.#waitingOf(this.#stalled);
    const raws = await Promise.all(hashes.map(hash => send('eth_getRawTransactionByHash', [hash])));
    for (const hash of hashes) await send('anvil_dropTransaction', [hash]);
    await mine();
    // A transaction that no longer fits is lost, as it may be on a real chain.
    for (const raw of raws) await send('eth_sendRawTransaction', [raw]).catch(() => undefined);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

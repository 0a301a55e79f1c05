import { Contract, Interface, type LogDescription, type TransactionReceipt } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { ChainHandle } from '../chain/anvil.ts';
import { transact } from '../chain/transact.ts';
import { prizePoolArtifact, stakedTokenArtifact } from './prizePoolArtifacts.ts';

/** In the order of the contract's numbers. */
export const roundStates = ['Open', 'Committed', 'Settled', 'Skipped', 'Failed'] as const;
export type RoundState = (typeof roundStates)[number];

/** In the order of the contract's numbers. `MarkFailed` is done by calling `settle`. */
export const dueActions = ['None', 'Commit', 'Settle', 'MarkFailed'] as const;
export type DueAction = (typeof dueActions)[number];

/** The answer of `getRoundInfo`. A round that does not exist reads as open and all zero. */
export interface RoundInfo {
  readonly state: RoundState;
  /** Unix seconds. */
  readonly salesEndTime: number;
  /** 0 until the round is committed. */
  readonly targetBlockNumber: number;
  readonly totalTickets: number;
  readonly totalPrincipalWei: bigint;
  readonly totalShares: bigint;
  readonly principalSharesAtSettle: bigint;
  readonly prizeShares: bigint;
  /** MON per share, at 1e18. */
  readonly shareRateAtSettle: bigint;
  /** The zero address until the round is settled. */
  readonly winner: string;
  readonly winningTicket: number;
  readonly prizeClaimed: boolean;
}

/** An event of a pool. `args` by the contract's names, as ethers reads them. */
export interface PrizePoolEvent {
  readonly name: string;
  readonly args: LogDescription['args'];
  readonly block: number;
  readonly hash: string;
}

/** Parsed once: pools share them. */
export const prizePoolInterfaces = {
  pool: new Interface(prizePoolArtifact.abi),
  stakedToken: new Interface(stakedTokenArtifact.abi),
} as const;

/** The number of blocks after its target within which a draw can be settled. */
export const drawWindowBlocks = 255;

/**
 * A prize pool, with functions for its users.
 *
 * Every actor is an address; any address may act. Amounts are bigint, in wei of MON or in shares, times are
 * unix seconds. Every transaction is mined at once, with all other pending ones: to race one against another,
 * send it through `contract.connect(wallet)`. Every function rejects with ethers' CALL_EXCEPTION
 * (`revert.name`) when the pool refuses.
 */
export class DevnetPrizePool {
  readonly address: string;
  /** Bound to anvil's provider: reads work, to write `connect` a signer. */
  readonly contract: Contract;
  readonly stakedToken: Contract;
  readonly #anvil: ChainHandle;
  readonly #target: { readonly address: string; readonly abi: Interface };
  readonly #stakedTarget: { readonly address: string; readonly abi: Interface };

  constructor(anvil: ChainHandle, address: string, stakedToken: string) {
    this.#anvil = anvil;
    this.address = address;
    this.#target = { address, abi: prizePoolInterfaces.pool };
    this.#stakedTarget = { address: stakedToken, abi: prizePoolInterfaces.stakedToken };
    this.contract = new Contract(address, prizePoolInterfaces.pool, anvil.provider);
    this.stakedToken = new Contract(stakedToken, prizePoolInterfaces.stakedToken, anvil.provider);
  }

  /** Buys tickets of the current round, at the current price. Resolves to their cost. */
  async buyTickets(account: string = roles.trader.address, count = 1): Promise<bigint> {
    const price = await this.ticketPriceWei();
    const cost = price * BigInt(count);
    await this.#transact(account, 'buyTickets', [count], cost);
    return cost;
  }

  /** Adds yield for all holders of the staked token: the pools that share it. */
  async addYield(wei: bigint, from: string = roles.deployer.address): Promise<void> {
    await transact(this.#anvil, from, this.#stakedTarget, 'addYield', [], wei);
  }

  /** Commits a round, by default the current one. */
  async commit(rid?: number, from: string = roles.competitor.address): Promise<TransactionReceipt> {
    return this.#transact(from, 'commit', [rid ?? (await this.currentRoundId())]);
  }

  /** Settles a round, by default the one before the current, or marks it failed when its window is over. */
  async settle(rid?: number, from: string = roles.competitor.address): Promise<TransactionReceipt> {
    return this.#transact(from, 'settle', [rid ?? (await this.currentRoundId()) - 1]);
  }

  /** Mines until `blocks` blocks after a committed round's target: from 1 it can be settled, from 256 it has failed. */
  async mineToTarget(rid: number, blocks = 1): Promise<void> {
    const { targetBlockNumber } = await this.roundInfo(rid);
    const { number } = await this.#anvil.time.latest();
    const missing = targetBlockNumber + blocks - number;
    if (missing > 0) await this.#anvil.time.mine(missing);
  }

  /** Claims the winner's prize. Resolves to its shares. */
  async claimPrize(rid: number): Promise<bigint> {
    const { winner, prizeShares } = await this.roundInfo(rid);
    await this.#transact(winner, 'claimPrize', [rid]);
    return prizeShares;
  }

  /** Withdraws an account's principal of a settled or failed round. Resolves to the payment. */
  async withdrawPrincipal(rid: number, account: string = roles.trader.address): Promise<bigint> {
    const receipt = await this.#transact(account, 'withdrawPrincipal', [rid]);
    const paid = this.#parse(receipt.logs).find(({ name }) => name === 'PrincipalWithdrawn');
    return paid?.args.getValue('paidMON');
  }

  async pause(): Promise<void> {
    await this.#transact(await this.owner(), 'pause', []);
  }

  async unpause(): Promise<void> {
    await this.#transact(await this.owner(), 'unpause', []);
  }

  async setTicketPrice(wei: bigint): Promise<void> {
    await this.#transact(await this.owner(), 'setTicketPrice', [wei]);
  }

  /** The owner offers the pool, the new owner accepts. With `accept` false only the first step is done. */
  async transferOwnership(to: string, accept = true): Promise<void> {
    await this.#transact(await this.owner(), 'transferOwnership', [to]);
    if (accept) await this.#transact(to, 'acceptOwnership', []);
  }

  /** Returns the first round with a due action, and the action. Read at the newest block. */
  async nextExecutable(): Promise<{ readonly rid: number; readonly action: DueAction }> {
    const [rid, action] = await this.#read('nextExecutable');
    return { rid: Number(rid), action: named(dueActions, action) };
  }

  async currentRoundId(): Promise<number> {
    return Number(await this.#read('currentRoundId'));
  }

  /** Returns the time from which a round may be committed: unix seconds. */
  async eligibleAt(rid: number): Promise<number> {
    return Number(await this.#read('getCommitAfterTime', rid));
  }

  async roundInfo(rid: number): Promise<RoundInfo> {
    const info = await this.#read('getRoundInfo', rid);
    return {
      state: named(roundStates, info.state),
      salesEndTime: Number(info.salesEndTime),
      targetBlockNumber: Number(info.targetBlockNumber),
      totalTickets: Number(info.totalTickets),
      totalPrincipalWei: info.totalPrincipalMON,
      totalShares: info.totalShmonShares,
      principalSharesAtSettle: info.principalSharesAtSettle,
      prizeShares: info.prizeShares,
      shareRateAtSettle: info.shareRateAtSettle,
      winner: info.winner,
      winningTicket: Number(info.winningTicket),
      prizeClaimed: info.prizeClaimed,
    };
  }

  /** Returns the principal of a round that an account has not withdrawn. */
  principalOf(rid: number, account: string = roles.trader.address): Promise<bigint> {
    return this.#read('principalOf', rid, account);
  }

  owner(): Promise<string> {
    return this.#read('owner');
  }

  isPaused(): Promise<boolean> {
    return this.#read('paused');
  }

  ticketPriceWei(): Promise<bigint> {
    return this.#read('ticketPrice');
  }

  /** Returns the pool's events in these blocks, both included; by default all so far. */
  async events(fromBlock = 0, toBlock: number | 'latest' = 'latest'): Promise<PrizePoolEvent[]> {
    return this.#parse(await this.#anvil.provider.getLogs({ address: this.address, fromBlock, toBlock }));
  }

  #parse(
    logs: Awaited<ReturnType<ChainHandle['provider']['getLogs']>> | TransactionReceipt['logs'],
  ): PrizePoolEvent[] {
    return logs.flatMap(log => {
      const event = log.address === this.address ? prizePoolInterfaces.pool.parseLog(log) : null;
      if (event === null) return [];
      return [{ name: event.name, args: event.args, block: log.blockNumber, hash: log.transactionHash }];
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a function returns is in the contract's ABI
  #read(method: string, ...args: readonly unknown[]): Promise<any> {
    return this.contract.getFunction(method).staticCall(...args);
  }

  #transact(
    from: string,
    method: string,
    args: readonly unknown[],
    valueWei = 0n,
  ): Promise<TransactionReceipt> {
    return transact(this.#anvil, from, this.#target, method, args, valueWei);
  }
}

function named<Name extends string>(names: readonly Name[], index: bigint): Name {
  const name = names[Number(index)];
  if (name === undefined) throw new Error(`the contract knows no ${names.join(', ')} of number ${index}`);
  return name;
}

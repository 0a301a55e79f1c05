import { type PrizePoolEvent, roles } from '@service-bots/devnet';
import type { Block } from 'ethers';
import { readBlocks } from '../blocks.ts';
import { anchorOf, type KeeperScene, type Vault } from './scene.ts';

export interface Purchase {
  readonly buyer: string;
  readonly count: number;
}

/** The transaction that ended a round's sale: the round was committed or, without tickets, skipped. */
export interface Commit {
  readonly by: string;
  readonly block: number;
  readonly time: number;
  /**
   * Blocks before it that were already at or after the round's anchor: 0 in the first; negative when too
   * early.
   */
  readonly blocksAfterAnchor: number;
}

export interface Draw {
  readonly by: string;
  readonly block: number;
  /** Blocks after the first possible one. */
  readonly blocksLate: number;
  readonly winner: string;
  /** From 0, in the order in which tickets were bought. */
  readonly winningTicket: number;
  readonly prizeWei: bigint;
}

/** A round that was due, read from the chain. */
export interface Round {
  readonly vault: string;
  readonly number: number;
  /** The time of its anchor, seconds since 1970. */
  readonly anchor: number;
  readonly purchases: readonly Purchase[];
  readonly commit: Commit | undefined;
  readonly draw: Draw | undefined;
  readonly isSkipped: boolean;
  readonly isPrizeClaimed: boolean;
  readonly paidInWei: bigint;
  readonly paidBackWei: bigint;
}

/** The facts for the verdicts, read from the chain. */
export interface KeeperRecord {
  /** By anchor. */
  readonly rounds: readonly Round[];
  /** Blocks of the keeper's transactions. */
  readonly sentIn: readonly number[];
}

export async function readKeeperRecord({ anvil, vaults }: KeeperScene): Promise<KeeperRecord> {
  const both = [vaults.wednesday, vaults.sunday];
  const blocks = await readBlocks(anvil);
  const rounds = await Promise.all(
    both.map(async vault => roundsOf(vault, await vault.pool.events(), blocks)),
  );
  const sent = blocks.flatMap(({ prefetchedTransactions }) =>
    prefetchedTransactions.filter(({ from }) => from === roles.bot.address),
  );
  return {
    rounds: rounds.flat().sort((a, b) => a.anchor - b.anchor),
    sentIn: sent.map(({ blockNumber }) => blockNumber ?? 0),
  };
}

function roundsOf(vault: Vault, events: readonly PrizePoolEvent[], blocks: readonly Block[]): Round[] {
  const now = blocks.at(-1)?.timestamp ?? 0;
  const numbers = events
    .filter(({ name }) => name === 'RoundStarted')
    .map(({ args }) => Number(args.roundId));
  return numbers
    .filter(number => anchorOf(vault, number) <= now)
    .map(number => roundOf(vault, number, events, blocks));
}

function roundOf(
  vault: Vault,
  number: number,
  events: readonly PrizePoolEvent[],
  blocks: readonly Block[],
): Round {
  const anchor = anchorOf(vault, number);
  const named = (...names: string[]) =>
    events.filter(({ name, args }) => names.includes(name) && Number(args.roundId) === number);
  const [committed] = named('RoundCommitted', 'RoundSkipped');
  const [settled] = named('RoundSettled');
  const bought = named('TicketsBought');
  const sum = (found: readonly PrizePoolEvent[]) =>
    found.reduce((total, { args }) => total + (args.paidMON as bigint), 0n);
  return {
    vault: vault.name,
    number,
    anchor,
    purchases: bought.map(({ args }) => ({ buyer: args.buyer, count: Number(args.count) })),
    commit: committed && commitOf(committed, anchor, blocks),
    draw: settled && committed && drawOf(settled, Number(committed.args.targetBlockNumber), blocks),
    isSkipped: committed?.name === 'RoundSkipped',
    isPrizeClaimed: named('PrizeClaimed').length === 1,
    paidInWei: sum(bought),
    paidBackWei: sum(named('PrincipalWithdrawn')),
  };
}

function commitOf(event: PrizePoolEvent, anchor: number, blocks: readonly Block[]): Commit {
  const first = blocks.find(({ timestamp }) => timestamp >= anchor);
  return {
    by: senderOf(event, blocks),
    block: event.block,
    time: blocks[event.block]?.timestamp ?? 0,
    blocksAfterAnchor: event.block - (first?.number ?? event.block),
  };
}

function drawOf(event: PrizePoolEvent, target: number, blocks: readonly Block[]): Draw {
  const { winner, winningTicket } = event.args;
  const [prizeShares, rate] = [event.args.prizeShares as bigint, event.args.shareRateAtSettle as bigint];
  return {
    by: senderOf(event, blocks),
    block: event.block,
    blocksLate: event.block - (target + 1),
    winner,
    winningTicket: Number(winningTicket),
    // The rate is MON per share at 1e18.
    prizeWei: (prizeShares * rate) / 10n ** 18n,
  };
}

function senderOf({ block, hash }: PrizePoolEvent, blocks: readonly Block[]): string {
  return blocks[block]?.prefetchedTransactions.find(transaction => transaction.hash === hash)?.from ?? '';
}

import { setTimeout as delay } from 'node:timers/promises';
import { type Impossible, senderKinds } from '../history/index.ts';
import type { Chain } from '../world/Chain.ts';
import { walletWei } from '../world/suite.ts';
import type { World } from '../world/World.ts';
import { type FaultSpec, nothingToEnd } from './spec.ts';

const chainNames = ['ethereum', 'monad'] as const;

function chainOf(world: World, name: unknown): Chain {
  return name === 'monad' ? world.monad : world.ethereum;
}

function walletsOn(world: World, chain: unknown) {
  return world.wallets.filter(({ bot }) => (bot === 'keeper') === (chain === 'monad'));
}

const cannotSend = (world: World, chain: unknown): Impossible[] =>
  walletsOn(world, chain).map(({ bot }) => ({ act: 'send', bot }));

const reorg: FaultSpec = {
  name: 'reorg',
  weight: 5,
  group: 'chain',
  draw: draw => ({
    chain: draw.pick(chainNames),
    depth: draw.whole(1, 5),
    // Whether the bots' transactions of the old blocks are lost.
    drops: draw.chance(0.4),
  }),
  describe: ({ chain }) => ({ kind: 'reorg', target: { chain: `${chain}` }, makesImpossible: [] }),
  async begin({ chain, depth, drops }, world) {
    const forgotten = drops ? walletsOn(world, chain).map(({ address }) => address.toLowerCase()) : [];
    await chainOf(world, chain).miner.reorg(Number(depth), new Set(forgotten));
    return nothingToEnd;
  },
};

const feeSpike: FaultSpec = {
  name: 'fee spike',
  weight: 2,
  lasts: [60, 400],
  group: 'chain',
  draw: draw => ({ chain: draw.pick(chainNames), factor: draw.pick([3, 20, 60, 200]) }),
  describe: ({ chain }) => ({ kind: 'fee-spike', target: { chain: `${chain}` }, makesImpossible: [] }),
  async begin({ chain, factor }, world) {
    const { miner } = chainOf(world, chain);
    miner.spike(Number(factor));
    return async () => miner.spike(1);
  },
};

const standstill: FaultSpec = {
  name: 'standstill',
  weight: 1.5,
  lasts: [60, 300],
  group: 'chain',
  draw: draw => ({ chain: draw.pick(chainNames) }),
  describe: ({ chain }, world) => ({
    kind: 'chain-standstill',
    target: { chain: `${chain}` },
    makesImpossible: cannotSend(world, chain),
  }),
  async begin({ chain }, world) {
    const { miner } = chainOf(world, chain);
    miner.halt(true);
    return async () => miner.halt(false);
  },
};

/** Nodes drop the bots' waiting transactions, again and again. */
const dropped: FaultSpec = {
  name: 'dropped transactions',
  weight: 2,
  lasts: [60, 240],
  group: 'chain',
  draw: draw => ({ chain: draw.pick(chainNames) }),
  describe: ({ chain }, world) => ({
    kind: 'transactions-dropped',
    target: { chain: `${chain}` },
    makesImpossible: cannotSend(world, chain),
  }),
  async begin({ chain }, world) {
    const { miner, blockSeconds } = chainOf(world, chain);
    const senders = new Set(walletsOn(world, chain).map(({ address }) => address.toLowerCase()));
    const over = new AbortController();
    const dropping = (async () => {
      while (!over.signal.aborted) {
        await miner.drop(senders);
        await delay(blockSeconds * 250, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    return async () => {
      over.abort();
      await dropping;
    };
  },
};

/** Blocks come, and none takes the bots' transactions, which wait in the mempool until the end. */
const stuck: FaultSpec = {
  name: 'stuck transactions',
  weight: 2,
  lasts: [60, 300],
  group: 'chain',
  draw: draw => ({ chain: draw.pick(chainNames) }),
  describe: ({ chain }, world) => ({
    kind: 'transactions-stuck',
    target: { chain: `${chain}` },
    makesImpossible: cannotSend(world, chain),
  }),
  async begin({ chain }, world) {
    const { miner } = chainOf(world, chain);
    miner.stall(new Set(walletsOn(world, chain).map(({ address }) => address.toLowerCase())));
    return async () => miner.stall(new Set());
  },
};

/** A bot's wallet holds almost nothing, until it is topped up. */
const emptyWallet: FaultSpec = {
  name: 'empty wallet',
  weight: 2,
  lasts: [120, 400],
  group: 'wallet',
  draw: draw => ({ bot: draw.pick(senderKinds), wei: draw.pick(['0', '1000000000000']) }),
  describe: ({ bot }) => ({
    kind: 'wallet-drained',
    target: { bot: `${bot}` },
    makesImpossible: [{ act: 'send', bot: `${bot}` }],
  }),
  async begin({ bot, wei }, world) {
    const wallet = world.wallets.find(each => each.bot === bot);
    const { anvil, name } = bot === 'keeper' ? world.monad : world.ethereum;
    const address = wallet?.address ?? '';
    await anvil.setBalance(address, BigInt(`${wei}`));
    return async () => {
      await anvil.setBalance(address, walletWei);
      world.history.write({
        type: 'action',
        kind: 'top-up',
        chain: name,
        bot: `${bot}`,
        parameters: { wei: `${walletWei}` },
      });
    };
  },
};

export const chainFaults: readonly FaultSpec[] = [reorg, feeSpike, standstill, dropped, stuck, emptyWallet];

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import {
  interfaces,
  openSmallDisk,
  roles,
  type SmallDisk,
  transact,
  type VirtualClock,
} from '@service-bots/devnet';
import { type BotKind, botKinds, type HistoryWriter, openHistory } from '../history/index.ts';
import { type Chain, minePast, openChain } from './Chain.ts';
import { type Channels, describeChannels, openChannels } from './Channels.ts';
import { deployPools, deployVaults, type HyperdriveContracts, type PrizeContracts } from './contracts.ts';
import { type Endpoint, openEndpoint } from './Endpoint.ts';
import type { Pace } from './Pace.ts';
import { type Deployment, runtimeOf } from './runtime.ts';
import { Supervised } from './Supervised.ts';
import {
  type BotWallet,
  capital,
  describeWorld,
  keyOf,
  type SuiteParts,
  suiteOf,
  walletsOf,
  walletWei,
} from './suite.ts';

/** The whole suite with its chains, endpoints, channels and people. */
export interface World {
  readonly clock: VirtualClock;
  readonly pace: Pace;
  readonly history: HistoryWriter;
  readonly ethereum: Chain;
  readonly monad: Chain;
  readonly hyperdrive: HyperdriveContracts;
  readonly prizes: PrizeContracts;
  readonly endpoints: readonly Endpoint[];
  readonly channels: Channels;
  readonly wallets: readonly BotWallet[];
  readonly bots: ReadonlyMap<BotKind, Supervised>;
  /** The disk of each bot's state; undefined where this user may not mount. */
  readonly disks: ReadonlyMap<BotKind, SmallDisk> | undefined;
  /** Disks that may become read-only while the bots run. */
  readonly readOnlyDisks: ReadonlyMap<BotKind, SmallDisk> | undefined;
  /** A checkout of an older version, with its build. */
  readonly older: string | undefined;
  /** Secrets of this campaign, for the search. */
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
  /** Lets the bots resolve names, or not. */
  setNames(areGone: boolean): void;
  /** Messages about bots that ended without an order to do so. */
  readonly crashes: readonly string[];
  bot(bot: BotKind): Supervised;
  /** Ends the bots; chains and evidence stay for the checker. */
  endBots(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly seed: string;
  readonly hours: number;
  /** Folder of the history, the evidence, the outputs and the states. */
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly pace: Pace;
  readonly deployment: Deployment;
  /** Unix seconds of the campaign's beginning. */
  readonly startSeconds: number;
  readonly random: () => number;
}

/** The first block of mainnet with pools: the checkpoint bot reads all checkpoints since then when it starts. */
const firstBlockWithPools = 20_180_600;
const gwei = 10n ** 9n;
const startOrder: readonly (readonly BotKind[])[] = [
  ['checkpoint', 'invariant', 'keeper'],
  ['lpandarb'],
  ['watchtower'],
];
const untilHealthyMs = 300_000;

export async function openWorld(options: WorldOptions): Promise<World> {
  const { seed, hours, folder, clock, pace, random, startSeconds, deployment } = options;
  const outputs = join(folder, 'outputs');
  mkdirSync(outputs, { recursive: true });
  const history = openHistory(join(folder, 'history.jsonl'), () => clock.nowMs());
  history.write({ type: 'run', version: 1, seed, hours });
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const onBlock = (chain: string) => () => pace.awaitBlock(`blocks of ${chain}`);
    // Between 8 and 20 gwei, by a random walk.
    let fee = 12n * gwei;
    const walk = () => {
      const next = (fee * BigInt(Math.round(1_000 + (random() - 0.5) * 100))) / 1_000n;
      fee = next < 8n * gwei ? 8n * gwei : next > 20n * gwei ? 20n * gwei : next;
      return fee;
    };
    const ethereum = await openChain(
      { name: 'ethereum', chainId: 1, blockSeconds: 12, firstBlock: firstBlockWithPools, baseFeeWei: walk },
      clock,
      onBlock('ethereum'),
    );
    closing.push(() => ethereum.close());
    const monad = await openChain(
      { name: 'monad', chainId: 143, blockSeconds: 0.4, baseFeeWei: () => 100n * gwei },
      clock,
      onBlock('monad'),
    );
    closing.push(() => monad.close());
    const [hyperdrive, prizes] = await Promise.all([
      deployPools(ethereum),
      deployVaults(monad, startSeconds, hours),
    ]);
    closing.push(() => hyperdrive.devnet.close());
    const wallets = walletsOf(seed);
    for (const { bot, address } of wallets)
      await (bot === 'keeper' ? monad : ethereum).anvil.setBalance(address, walletWei);
    await fundLpandarb(hyperdrive, wallets, capital);
    for (const chain of [ethereum, monad]) {
      await minePast(chain, clock);
      await chain.miner.start();
    }

    const secretOf = (name: string) => keyOf(seed, name).slice(2, 42);
    const channels = await openChannels(secretOf, join(folder, 'deliveries.jsonl'));
    closing.push(() => channels.close());
    const endpoints: Endpoint[] = [];
    for (const chain of [ethereum, monad])
      for (const part of ['a', 'b', 'w']) {
        const users =
          part === 'w'
            ? ['watchtower']
            : chain === monad
              ? ['keeper']
              : ['checkpoint', 'invariant', 'lpandarb'];
        const name = `${chain.name}-${part}`;
        const endpoint = await openEndpoint(name, chain, users, secretOf(`${name} key`), pace);
        endpoints.push(endpoint);
        closing.push(() => endpoint.close());
      }
    const disks = openDisks();
    const closeDisks = () => {
      for (const disk of disks?.values() ?? []) disk.close();
      disks?.clear();
    };
    // Also when the process is interrupted: a mount outlives it.
    process.once('exit', closeDisks);
    closing.push(async () => {
      process.off('exit', closeDisks);
      closeDisks();
    });
    const parts: SuiteParts = {
      hyperdrive,
      prizes,
      endpoints,
      channels,
      wallets,
      stateDirOf: bot => disks?.get(bot)?.path ?? join(folder, 'state', bot),
    };
    await describeWorld(parts, history);
    describeChannels(channels, history);
    const crashes: string[] = [];
    const withoutNamesFile = join(dirname(pace.file), 'names-are-gone');
    const context = {
      clock,
      pace,
      runtime: runtimeOf(deployment),
      history,
      outputs,
      withoutNamesFile,
      onCrash: (bot: BotKind, code: number | null) => crashes.push(`${bot} ended with ${code}`),
    };
    const specs = await suiteOf(parts, history);
    const bots = new Map(specs.map(spec => [spec.bot, new Supervised(spec, context)]));
    const endBots = async () => {
      // Those first that ask others: a bot that has ended is no incident.
      for (const bot of ['watchtower', 'lpandarb'] as const) await bots.get(bot)?.close();
      await Promise.all([...bots.values()].map(bot => bot.close()));
    };
    closing.push(endBots);
    // The bots start in the order that an operator would choose: each after the bots whose answers it needs.
    for (const group of startOrder) {
      for (const name of group) bots.get(name)?.start();
      await Promise.all(group.map(name => bots.get(name)?.untilHealthy(untilHealthyMs)));
    }
    return {
      clock,
      pace,
      history,
      ethereum,
      monad,
      hyperdrive,
      prizes,
      endpoints,
      channels,
      wallets,
      bots,
      disks,
      // The second mount over the first, which makes a disk read-only, is not in a container's view.
      readOnlyDisks: deployment.images ? undefined : disks,
      older: deployment.older,
      crashes,
      secrets: [
        ...channels.secrets,
        ...wallets.map(({ bot, key }) => ({ name: `${bot} key`, value: key })),
        ...endpoints.map(({ name }) => ({ name: `${name} key`, value: secretOf(`${name} key`) })),
      ],
      bot(name) {
        const found = bots.get(name);
        if (!found) throw new Error(`there is no bot ${name}`);
        return found;
      },
      setNames(areGone) {
        if (areGone) writeFileSync(withoutNamesFile, '');
        else rmSync(withoutNamesFile, { force: true });
      },
      endBots,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Room for the state of a campaign. */
const diskKilobytes = 32_768;

function openDisks(): Map<BotKind, SmallDisk> | undefined {
  const disks = new Map<BotKind, SmallDisk>();
  try {
    for (const bot of botKinds) disks.set(bot, openSmallDisk(diskKilobytes));
    return disks;
  } catch {
    for (const disk of disks.values()) disk.close();
    return undefined;
  }
}

/** Gives lpandarb its capital. */
async function fundLpandarb(
  { chain, monthly }: HyperdriveContracts,
  wallets: readonly BotWallet[],
  amount: bigint,
): Promise<void> {
  const wallet = wallets.find(({ bot }) => bot === 'lpandarb');
  const token = { address: await monthly.asset.getAddress(), abi: interfaces.token };
  const args = [wallet?.address, amount];
  await transact(chain.anvil, roles.deployer.address, token, 'mint(address,uint256)', args);
}

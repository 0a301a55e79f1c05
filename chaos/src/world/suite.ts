import { interfaces, prizePoolInterfaces } from '@service-bots/devnet';
import { computeAddress, keccak256, parseEther, parseUnits, toUtf8Bytes } from 'ethers';
import { type BotKind, botKinds, type HistoryWriter, senderKinds } from '../history/index.ts';
import type { Channels } from './Channels.ts';
import { type HyperdriveContracts, leadSeconds, type PrizeContracts, type PrizeVault } from './contracts.ts';
import { type Endpoint, named } from './Endpoint.ts';
import { type BotSpec, freePort } from './Supervised.ts';

export const waitingPeriod = 0.5;
const resolveAfterSeconds = 60;
const holdLimitSeconds = 3_600;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Base that lpandarb starts with. */
export const capital = parseUnits('100000', 18);
/** Native currency in each bot's wallet. */
export const walletWei = parseEther('50');

/** The longest time between two rounds that look at everything, in seconds. */
const periods: Record<BotKind, number> = {
  checkpoint: 30,
  invariant: 15,
  keeper: 10,
  lpandarb: 30,
  watchtower: 10,
};

/** A wallet of the suite. */
export interface BotWallet {
  readonly bot: BotKind;
  readonly key: string;
  readonly address: string;
}

/** Returns a key that belongs to a seed and a name, so that each campaign has its own secrets. */
export function keyOf(seed: string, name: string): string {
  return keccak256(toUtf8Bytes(`chaos ${seed} ${name}`));
}

export function walletsOf(seed: string): readonly BotWallet[] {
  return senderKinds.map(bot => {
    const key = keyOf(seed, `${bot} key`);
    return { bot, key, address: computeAddress(key) };
  });
}

/** The parts from which the suite's environment is made. */
export interface SuiteParts {
  readonly hyperdrive: HyperdriveContracts;
  readonly prizes: PrizeContracts;
  readonly endpoints: readonly Endpoint[];
  readonly channels: Channels;
  readonly wallets: readonly BotWallet[];
  /** Returns the folder of a bot's state. */
  readonly stateDirOf: (bot: BotKind) => string;
}

/** Returns the id of a bot's check at the dead man's switch: a secret, in no word of a log. */
function checkOf(bot: BotKind): string {
  const digits = keyOf('heartbeat', bot).slice(2);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-');
}

function scheduleOf(vaults: readonly PrizeVault[]): string {
  return vaults
    .flatMap(({ pool, anchor }) =>
      anchor ? [`${pool.address}:${weekdays[anchor.weekday]}:${anchor.hour}:${anchor.minute}`] : [],
    )
    .join(',');
}

/** Returns every bot with its environment, and writes a record of each. */
export async function suiteOf(parts: SuiteParts, history: HistoryWriter): Promise<BotSpec[]> {
  const { hyperdrive, prizes, channels, wallets, stateDirOf, endpoints } = parts;
  const ports = Object.fromEntries(
    await Promise.all(botKinds.map(async bot => [bot, await freePort()] as const)),
  ) as Record<BotKind, number>;
  const keyFor = (bot: BotKind) => wallets.find(wallet => wallet.bot === bot)?.key ?? '';
  const urls = (bot: BotKind) =>
    endpoints.filter(({ proxies }) => proxies.has(bot)).map(each => each.urlOf(bot));
  const ethereum = {
    REGISTRY_ADDRESS: hyperdrive.devnet.registry,
    BLOCK_TIME: `${hyperdrive.chain.blockSeconds}`,
    DISCOVERY_SECONDS: '60',
  };
  const monthly = hyperdrive.monthly.address;
  const vaults = prizes.vaults;
  const addresses = vaults.map(({ pool }) => pool.address).join(',');
  const status = (bot: BotKind) => `http://127.0.0.1:${ports[bot]}`;
  const targets = botKinds.filter(bot => bot !== 'watchtower');
  const own: Record<BotKind, Record<string, string>> = {
    checkpoint: {
      ...ethereum,
      CHECKPOINT_BOT_KEY: keyFor('checkpoint'),
      LOOK_SECONDS: `${periods.checkpoint}`,
      WAITING_PERIOD: `${waitingPeriod}`,
    },
    invariant: ethereum,
    keeper: {
      PRIVATE_KEY: keyFor('keeper'),
      POOL_ADDRESSES_V2: addresses,
      POOL_SCHEDULE_V2: scheduleOf(vaults),
      KEEPER_INTERVAL_MS: `${periods.keeper * 1_000}`,
      KEEPER_GOVERNANCE_SECONDS: '60',
      KEEPER_ANCHOR_LEAD_SECONDS: `${leadSeconds}`,
      KEEPER_HOLD_LIMIT_SECONDS: `${holdLimitSeconds}`,
    },
    lpandarb: {
      ...ethereum,
      LPANDARB_BOT_KEY: keyFor('lpandarb'),
      LPANDARB_POOLS: monthly,
      CAPITAL_PER_POOL: '100000',
      LP_PORTION: '0.2',
      MAX_LIQUIDITY_SHARE: '1',
      MAX_POSITION: '1000000',
      MAX_TRADE: '1000000',
      NATIVE_IN_BASE: '1',
      VARIABLE_RATE: 'vault',
      INVARIANT_STATUS_URL: `${status('invariant')}/status`,
      LOOK_SECONDS: `${periods.lpandarb}`,
      // People move the rates by more in minutes than a market does in months.
      COOL_DOWN_SECONDS: '0',
      MAX_LOSS_PER_DAY: '1',
      MAX_DRAWDOWN: '1',
      MAX_GAS_COST_PER_DAY: '10',
      TRADES_PER_HOUR: '100',
    },
    watchtower: {
      WATCHTOWER_TARGETS: targets.map(bot => `${bot}=${status(bot)}`).join(','),
      WATCHTOWER_POLL_SECONDS: `${periods.watchtower}`,
      WATCHTOWER_PORT: '0',
      WATCHTOWER_RPC_URL: urls('watchtower').join(','),
      WATCHTOWER_REGISTRY: hyperdrive.devnet.registry,
      WATCHTOWER_POOL_SCHEDULE: scheduleOf(vaults),
    },
  };
  const specs = botKinds.map((bot): BotSpec => {
    const chainEndpoints = bot === 'watchtower' ? {} : { RPC_URL: urls(bot).join(',') };
    const [first] = endpoints.filter(({ proxies }) => proxies.has(bot));
    const websocket = bot === 'watchtower' || !first ? {} : { WS_RPC_URL: first.wsUrlOf(bot) };
    return {
      bot,
      stateDir: stateDirOf(bot),
      statusPort: ports[bot],
      env: {
        ...channels.env,
        ...chainEndpoints,
        ...websocket,
        ...own[bot],
        HEARTBEAT_URL: named(channels.heartbeat.pingUrl(checkOf(bot)), 'heartbeat'),
        ALERT_RESOLVE_AFTER_SECONDS: `${resolveAfterSeconds}`,
      },
    };
  });
  for (const { bot } of specs)
    history.write({
      type: 'bot',
      bot,
      kind: bot,
      ...(bot === 'watchtower' ? {} : { chain: bot === 'keeper' ? 'monad' : 'ethereum' }),
      periodMs: periods[bot] * 1_000,
      resolveAfterMs: resolveAfterSeconds * 1_000,
      ...(bot === 'keeper' ? { pools: vaults.map(({ pool }) => pool.address) } : {}),
      ...(bot === 'lpandarb' ? { pools: [monthly] } : {}),
      endpoints: endpoints.filter(({ proxies }) => proxies.has(bot)).map(({ name }) => name),
      channels: [...channels.names],
      heartbeat: checkOf(bot),
      ...(bot === 'watchtower' ? { targets } : {}),
    });
  return specs;
}

/** Writes a record of each chain, pool, endpoint and wallet. */
export async function describeWorld(parts: SuiteParts, history: HistoryWriter): Promise<void> {
  const { hyperdrive, prizes, endpoints, wallets } = parts;
  for (const { chain, registry } of [
    { chain: hyperdrive.chain, registry: hyperdrive.devnet.registry },
    { chain: prizes.chain, registry: undefined },
  ])
    history.write({
      type: 'chain',
      chain: chain.name,
      chainId: chain.chainId,
      rpcUrl: chain.anvil.rpcUrl,
      blockTimeSeconds: chain.blockSeconds,
      ...(registry === undefined ? {} : { registry }),
    });
  for (const { name, chain } of endpoints)
    history.write({ type: 'endpoint', endpoint: name, chain: chain.name });
  const pools = [...hyperdrive.short, hyperdrive.monthly];
  for (const { name, address } of pools)
    history.write({ type: 'pool', kind: 'hyperdrive', chain: 'ethereum', address, name, waitingPeriod });
  for (const { name, pool, anchor } of prizes.vaults)
    history.write({
      type: 'pool',
      kind: 'prize',
      chain: 'monad',
      address: pool.address,
      name,
      ...(anchor ? { anchor } : {}),
      lateCommit: 'fire',
      leadSeconds,
      holdLimitSeconds,
    });
  const base = await hyperdrive.monthly.asset.getAddress();
  const trades = [
    'openLong',
    'openShort',
    'closeLong',
    'closeShort',
    'addLiquidity',
    'removeLiquidity',
    'redeemWithdrawalShares',
  ];
  const selectorOf = (name: string) => interfaces.hyperdrive.getFunction(name)?.selector ?? '0x';
  const call = (to: string, selector: string) => ({ to, selector });
  const callsOf: Record<string, { to: string; selector: string; spender?: string }[]> = {
    checkpoint: pools.map(({ address }) => call(address, selectorOf('checkpoint'))),
    keeper: prizes.vaults.flatMap(({ pool }) =>
      ['commit', 'settle'].map(name =>
        call(pool.address, prizePoolInterfaces.pool.getFunction(name)?.selector ?? '0x'),
      ),
    ),
    lpandarb: [
      ...trades.map(name => call(hyperdrive.monthly.address, selectorOf(name))),
      {
        to: base,
        selector: interfaces.token.getFunction('approve')?.selector ?? '0x',
        spender: hyperdrive.monthly.address,
      },
    ],
  };
  const million = 1_000_000;
  for (const { bot, address } of wallets) {
    const isMonad = bot === 'keeper';
    history.write({
      type: 'wallet',
      chain: isMonad ? 'monad' : 'ethereum',
      bot,
      address,
      calls: callsOf[bot] ?? [],
      maxGas: 3 * million,
      maxFeeWei: `${parseUnits(isMonad ? '5000' : '1000', 'gwei')}`,
      maxPriorityFeeWei: `${parseUnits(isMonad ? '500' : '50', 'gwei')}`,
      gasPerHour: (isMonad ? 100 : 60) * million,
      gasPerDay: (isMonad ? 500 : 300) * million,
      lowBalanceWei: `${parseEther(isMonad ? '0.2' : '0.1')}`,
    });
  }
}

import { type DevAccount, devAccounts, roles } from '../chain/accounts.ts';
import type { Devnet } from '../hyperdrive/deployHyperdrive.ts';
import { daySeconds, hourSeconds } from '../hyperdrive/poolSpec.ts';
import type { DevnetPrizePool } from '../prizePool/devnetPrizePool.ts';

/** A deployment as plain data, for `--json`. Durations in seconds. */
export interface DeploymentDocument {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly chainId: number;
  readonly registry: string;
  readonly adminController: string;
  readonly multicall3: string;
  readonly artifactsUrl: string;
  readonly pools: readonly {
    readonly name: string;
    readonly address: string;
    readonly decimals: number;
    readonly positionDuration: number;
    readonly checkpointDuration: number;
    readonly paused: boolean;
    readonly asset: string;
    readonly vault: string;
  }[];
  /** `eligibleAt`: the time from which the current round may be committed, unix seconds. */
  readonly prizePools: readonly { readonly address: string; readonly eligibleAt: number }[];
  /** Public test keys. */
  readonly accounts: readonly (DevAccount & { readonly role: string })[];
  /** The variables with which to start the checkpoint bot. */
  readonly env: Readonly<Record<string, string>>;
}

export async function deploymentDocument(
  devnet: Devnet,
  artifactsUrl: string,
  prizePools: readonly DevnetPrizePool[] = [],
): Promise<DeploymentDocument> {
  const { anvil, registry, adminController, multicall3 } = devnet;
  const roleOf = new Map<string, string>(Object.entries(roles).map(([role, { address }]) => [address, role]));
  return {
    rpcUrl: anvil.rpcUrl,
    wsUrl: anvil.wsUrl,
    chainId: anvil.chainId,
    registry,
    adminController,
    multicall3,
    artifactsUrl,
    pools: await Promise.all(
      devnet.pools.map(async pool => ({
        name: pool.name,
        address: pool.address,
        decimals: pool.decimals,
        positionDuration: pool.positionDuration,
        checkpointDuration: pool.checkpointDuration,
        paused: await pool.isPaused(),
        asset: await pool.asset.getAddress(),
        vault: await pool.vault.getAddress(),
      })),
    ),
    prizePools: await Promise.all(
      prizePools.map(async pool => ({
        address: pool.address,
        eligibleAt: await pool.eligibleAt(await pool.currentRoundId()),
      })),
    ),
    accounts: devAccounts.map(account => ({ role: roleOf.get(account.address) ?? '', ...account })),
    env: {
      RPC_URI: anvil.rpcUrl,
      REGISTRY_ADDRESS: registry,
      CHECKPOINT_BOT_KEY: roles.bot.privateKey,
    },
  };
}

/** Returns the document for a person, with lines to paste. */
export function describeDeployment(document: DeploymentDocument): string {
  const sections = [
    table([
      ['RPC', document.rpcUrl],
      ['WebSocket', document.wsUrl],
      ['Chain id', `${document.chainId}`],
      ['Registry', document.registry],
      ['Admin controller', document.adminController],
      ['Multicall3', document.multicall3],
      ['Addresses as JSON', document.artifactsUrl],
    ]),
    table([
      ['Pool', 'Address', 'Decimals', 'Position', 'Checkpoint', ''],
      ...document.pools.map(pool => [
        pool.name,
        pool.address,
        `${pool.decimals}`,
        duration(pool.positionDuration),
        duration(pool.checkpointDuration),
        pool.paused ? 'paused' : '',
      ]),
    ]),
    ...(document.prizePools.length === 0 ? [] : [prizePoolTable(document)]),
    table([
      ['Account', 'Private key (public test key: never use it on a live chain)', 'Role'],
      ...document.accounts.map(({ address, privateKey, role }) => [address, privateKey, role]),
    ]),
    `For the checkpoint bot:\n${Object.entries(document.env)
      .map(([name, value]) => `  export ${name}=${value}`)
      .join('\n')}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function prizePoolTable({ prizePools }: DeploymentDocument): string {
  return table([
    ['Prize pool', 'First round due'],
    ...prizePools.map(pool => [pool.address, new Date(pool.eligibleAt * 1_000).toISOString()]),
  ]);
}

function duration(seconds: number): string {
  const units = [
    [daySeconds, 'd'],
    [hourSeconds, 'h'],
  ] as const;
  for (const [size, unit] of units) if (seconds % size === 0) return `${seconds / size} ${unit}`;
  return `${seconds} s`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

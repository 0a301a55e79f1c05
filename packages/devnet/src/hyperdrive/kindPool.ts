import { Contract, id, MaxUint256, parseEther, parseUnits, ZeroAddress, ZeroHash } from 'ethers';
import { roles } from '../chain/accounts.ts';
import { type Artifact, type Deployed, DeploymentBatch } from '../chain/deploymentBatch.ts';
import { artifacts, interfaces, lpMathPlaceholder } from './artifacts.ts';
import type { Devnet } from './deployHyperdrive.ts';
import { poolSpec, timeStretch, weeklyPool } from './poolSpec.ts';
import { lendingMarketArtifact, yieldSourceArtifact } from './yieldSourceArtifact.ts';

/** The differences between the pools of one kind and the others. */
interface KindTerms {
  /** The yield source serves as the vault's token; else the pool gets it as a separate argument. */
  isToken: boolean;
  /** Base is a token; else it is ETH. */
  hasBaseToken?: boolean;
  /** Balances of the vault's token are amounts of base. */
  rebasing?: boolean;
  /** A share is always worth one base token. */
  oneForOne?: boolean;
  /** It takes base and no shares. */
  baseOnly?: boolean;
  /** The last arguments of the pool's constructors. */
  more?: (source: string) => readonly unknown[];
  /** It lends on a separate market, whose shares are worth about a millionth of base. */
  lends?: boolean;
  /** The path of the library that converts shares and is linked into the targets. */
  library?: string;
}

const toldApart = (source: string) => [source];
const marketOf = (morpho: string) => [
  { morpho, collateralToken: ZeroAddress, oracle: ZeroAddress, irm: ZeroAddress, lltv: 0n },
];

// biome-ignore format: a table
const terms = {
  RETH: { isToken: true },
  LsETH: { isToken: true },
  EETH: { isToken: true, rebasing: true, more: toldApart },
  EzETH: { isToken: true, more: toldApart },
  EzETHLinea: { isToken: true, more: toldApart },
  RsETHLinea: { isToken: true, more: toldApart },
  Chainlink: { isToken: true, more: source => [source, 18] },
  Aave: { isToken: true, hasBaseToken: true, rebasing: true },
  AaveL2: { isToken: true, hasBaseToken: true, rebasing: true },
  StkWell: { isToken: true, hasBaseToken: true, oneForOne: true },
  StakingUSDS: { isToken: false, hasBaseToken: true, oneForOne: true, baseOnly: true, more: toldApart, library: 'staking-usds' },
  AerodromeLp: { isToken: false, hasBaseToken: true, oneForOne: true, baseOnly: true, more: toldApart, library: 'aerodrome-lp' },
  Corn: { isToken: false, hasBaseToken: true, oneForOne: true, baseOnly: true, more: toldApart, library: 'corn' },
  MorphoBlue: { isToken: false, hasBaseToken: true, baseOnly: true, lends: true, more: marketOf, library: 'morpho-blue' },
} satisfies Record<string, KindTerms>;

/** Kinds of pools whose real contracts run on a replacement of their yield source. */
export type PoolKind = keyof typeof terms;
export const poolKinds = Object.keys(terms) as readonly PoolKind[];

/** A real pool of some kind. */
export interface KindPool {
  readonly address: string;
  readonly contract: Contract;
  /** The yield source; `shares(account)` are the shares, regardless of its balances. */
  readonly source: Contract;
  /** Undefined where base is ETH. */
  readonly base: Contract | undefined;
  /** Whether trades are paid in base; in shares where the kind takes them. */
  readonly asBase: boolean;
  /** The price of a share can be set freely. */
  readonly hasRate: boolean;
}

/** The placeholder for ETH where the contracts expect a token's address. */
const ethPlaceholder = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';

/** Deploys it with weekly positions, daily checkpoints and 1,000 shares of liquidity, and enters it into the registry. */
export async function deployKindPool(
  { anvil, adminController, registerPools }: Devnet,
  kind: PoolKind,
): Promise<KindPool> {
  const { isToken, hasBaseToken, rebasing, oneForOne, baseOnly, lends, more, library }: KindTerms =
    terms[kind];
  const deployer = roles.deployer.address;
  const liquidity = parseEther('1000');
  const rate = parseUnits(oneForOne ? '1' : '1.1', 18);
  const initialVaultSharePrice = lends ? 10n ** 12n : rate;
  const spec = poolSpec(weeklyPool(`Devnet 7 Day ${kind}`, { initialVaultSharePrice }));
  const batch = await DeploymentBatch.start(anvil, [deployer]);
  const token = hasBaseToken
    ? batch.deploy(deployer, artifacts.ERC20Mintable, ['Base', 'BASE', 18, deployer, false, MaxUint256])
    : undefined;
  const source = lends
    ? batch.deploy(deployer, lendingMarketArtifact, [liquidity])
    : batch.deploy(deployer, yieldSourceArtifact, [token?.address ?? ZeroAddress, rebasing ?? false, rate]);
  const libraries: Record<string, string> = {
    [lpMathPlaceholder]: batch.deploy(deployer, artifacts.LPMath).address,
  };
  if (library !== undefined) {
    const name = `${kind}Conversions`;
    const path = `contracts/src/instances/${library}/${name}.sol:${name}`;
    // Raw, because ethers warns of the library's types, which a contract does not have.
    libraries[placeholderOf(path)] = batch.deployRaw(deployer, name, (await artifactOf(name)).bytecode);
  }
  const config = {
    ...spec,
    baseToken: token?.address ?? ethPlaceholder,
    vaultSharesToken: isToken ? source.address : ZeroAddress,
    linkerFactory: ZeroAddress,
    linkerCodeHash: ZeroHash,
    minimumShareReserves: parseUnits('1', lends ? 21 : 15),
    minimumTransactionAmount: parseUnits('1', 15),
    timeStretch: timeStretch(spec.targetRate, spec.positionDuration),
    governance: deployer,
    feeCollector: deployer,
    sweepCollector: deployer,
    checkpointRewarder: ZeroAddress,
  };
  const last = more?.(source.address) ?? [];
  const targets: string[] = [];
  for (const i of [0, 1, 2, 3, 4])
    targets.push(
      batch.deploy(
        deployer,
        await artifactOf(`${kind}Target${i}`),
        [config, adminController, ...last],
        libraries,
      ).address,
    );
  const pool = batch.deploy(
    deployer,
    await artifactOf(`${kind}Hyperdrive`),
    [spec.name, config, adminController, ...targets, ...last],
    libraries,
  );
  const asBase = baseOnly ?? false;
  const paid = asBase && token ? token : source;
  const mint = asBase ? 'mint(address,uint256)' : 'mint';
  for (const account of [deployer, roles.trader.address])
    batch.call(deployer, paid, mint, [account, liquidity]);
  // Provides base to pay out, and other owners of shares beside the pool.
  if (token) batch.call(deployer, token, 'mint(address,uint256)', [source.address, liquidity * 10n]);
  if (!lends) batch.call(deployer, source, 'mint', [roles.otherTrader.address, liquidity]);
  batch.call(deployer, paid, 'approve', [pool.address, MaxUint256]);
  const options = { destination: deployer, asBase, extraData: '0x' };
  batch.call(deployer, pool, 'initialize', [liquidity, spec.fixedRate, options]);
  await batch.run();
  await registerPools([pool.address]);
  const contract = ({ address, abi }: Deployed) => new Contract(address, abi, anvil.provider);
  return {
    address: pool.address,
    contract: new Contract(pool.address, interfaces.hyperdrive, anvil.provider),
    source: contract(source),
    base: token && contract(token),
    asBase,
    hasRate: !oneForOne,
  };
}

/** The contracts of all kinds are megabytes, so each is loaded on demand. */
async function artifactOf(name: string): Promise<Artifact> {
  const module = (await import(`@delvtech/hyperdrive-artifacts/${name}`)) as Record<string, Artifact>;
  const artifact = module[name];
  if (!artifact) throw new Error(`there are no artifacts of ${name}`);
  return artifact;
}

/** Returns solc's placeholder for a library's address: the beginning of the hash of its full name. */
function placeholderOf(fullName: string): string {
  return `__$${id(fullName).slice(2, 36)}$__`;
}

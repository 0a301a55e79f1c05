/** The terms on which a kind of pool trades. This bot pays and receives base only. */
export interface KindTerms {
  names: readonly string[];
  base: 'in and out' | 'in only' | 'not taken';
}

/** The terms by `kind()`, as the contracts of v1.0.20 take deposits and pay out. */
// biome-ignore format: a table
const kinds: readonly KindTerms[] = [
  { names: ['ERC4626Hyperdrive', 'AaveHyperdrive', 'AaveL2Hyperdrive'], base: 'in and out' },
  { names: ['MorphoBlueHyperdrive', 'AerodromeLpHyperdrive', 'CornHyperdrive', 'StakingUSDSHyperdrive'], base: 'in and out' },
  { names: ['StETHHyperdrive', 'EETHHyperdrive', 'StkWellHyperdrive'], base: 'in only' },
  { names: ['ChainlinkHyperdrive', 'EzETHHyperdrive', 'EzETHLineaHyperdrive', 'RsETHLineaHyperdrive', 'LsETHHyperdrive', 'RETHHyperdrive'], base: 'not taken' },
];

/** Returns why the bot does not trade with pools of a kind; undefined: it does. */
export function kindTrouble(kind: string): string | undefined {
  const terms = kinds.find(({ names }) => names.includes(kind));
  if (!terms) return `pools of the kind ${kind} are not known to this bot`;
  if (terms.base === 'in and out') return undefined;
  const why = terms.base === 'in only' ? 'pay no base out' : 'take no base';
  return `pools of the kind ${kind} ${why}, and this bot trades in base only`;
}

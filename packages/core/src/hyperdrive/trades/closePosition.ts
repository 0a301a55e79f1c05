import { minus } from '../fixedPoint.ts';
import { applyCloseLong, applyCloseShort, type CloseOnCurve, type Position } from './applyClose.ts';
import { mintCheckpoint, withSpotPrice } from './checkpoints.ts';
import { closeLongOnCurve } from './closeLong.ts';
import { closeShortOnCurve } from './closeShort.ts';
import { distributeExcessIdle } from './excessIdle.ts';
import {
  checkpointAt,
  latestCheckpoint,
  type Moment,
  netLongs,
  type PoolState,
  type TradeConfig,
  withCheckpoint,
} from './PoolState.ts';
import { exposureAfter, requireSolvent } from './solvency.ts';
import { TradeRefused } from './TradeRefused.ts';
import { payZombie } from './zombies.ts';

/** The outcome of closing a position; `payoutFor` gives the amount paid for the proceeds. */
export type ClosedPosition = Omit<CloseOnCurve, 'deltas'>;

/**
 * Returns the outcome of closing a position at any time, also after its maturity, and the state after it,
 * equal to the contract's to the wei.
 * @throws TradeRefused, ArithmeticError where the contract reverts
 * @throws CheckpointNotRead
 */
export function closePosition(
  config: TradeConfig,
  state: PoolState,
  { position, moment }: { position: Position; moment: Moment },
): { closed: ClosedPosition; state: PoolState } {
  const { side, maturity, bonds } = position;
  const { chainTime } = moment;
  // 1. Mint the checkpoint that the position counts from, and take the bonds from their holder.
  if (bonds < config.minimumTransactionAmount) throw new TradeRefused('MinimumTransactionAmount');
  const isMatured = chainTime >= maturity;
  const checkpoint = isMatured ? maturity : latestCheckpoint(config, chainTime);
  const minted = mintCheckpoint(config, state, { time: checkpoint, moment });
  const burnt = withoutBonds(minted, position);

  // 2. Compute the trade; a matured position is paid from the shares set aside for it.
  const closeOnCurve = side === 'long' ? closeLongOnCurve : closeShortOnCurve;
  const trade = closeOnCurve(config, burnt, { position, moment });
  const after = isMatured
    ? payMatured(config, burnt, { onCurve: trade, moment })
    : { shares: trade.proceeds, state: closeEarly(config, burnt, { position, onCurve: trade, moment }) };
  const { deltas: _, ...rest } = trade;
  return { closed: { ...rest, proceeds: after.shares }, state: after.state };
}

function withoutBonds(state: PoolState, { side, maturity, bonds }: Position): PoolState {
  const { longs, shorts } = checkpointAt(state, maturity);
  return withCheckpoint(
    state,
    maturity,
    side === 'long' ? { longs: minus(longs, bonds) } : { shorts: minus(shorts, bonds) },
  );
}

function closeEarly(
  config: TradeConfig,
  state: PoolState,
  {
    position: { side, maturity, bonds },
    onCurve: { deltas, governanceFee, spotPrice },
    moment,
  }: { position: Position; onCurve: CloseOnCurve; moment: Moment },
): PoolState {
  const checkpoint = latestCheckpoint(config, moment.chainTime);
  const priced = withSpotPrice(state, { time: checkpoint, updateTime: moment.chainTime, spotPrice });
  const traded =
    side === 'long'
      ? applyCloseLong(config, priced, { longs: bonds, maturity, deltas })
      : applyCloseShort(priced, { shorts: bonds, maturity, deltas });
  const after = netLongs(traded, maturity);
  const before = side === 'long' ? after + bonds : after - bonds;
  const closed: PoolState = {
    ...traded,
    governanceFees: traded.governanceFees + governanceFee,
    longExposure: exposureAfter(traded.longExposure, before, after),
  };
  requireSolvent(config, closed, moment.vaultSharePrice);
  const distributed = distributeExcessIdle(config, closed, moment);
  if (!distributed) throw new TradeRefused('DistributeExcessIdleFailed');
  return distributed;
}

/**
 * Pays a matured position. It left the reserves with its checkpoint at its maturity. Idle shares that cannot
 * be distributed stop no payment.
 */
function payMatured(
  config: TradeConfig,
  state: PoolState,
  { onCurve: { proceeds }, moment }: { onCurve: CloseOnCurve; moment: Moment },
): { shares: bigint; state: PoolState } {
  const paid = payZombie(config, state, { owedShares: proceeds, vaultSharePrice: moment.vaultSharePrice });
  return { ...paid, state: distributeExcessIdle(config, paid.state, moment) ?? paid.state };
}

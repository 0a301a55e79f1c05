import { divUp, mulDivDown, mulDivUp, one } from '@service-bots/core/hyperdrive';
import type { PoolEvent } from './events.ts';
import type { Snapshot } from './index.ts';

// The shares behind shorts are the shares that the vault holds for a pool beyond those that the pool's books
// assign to LPs, governance, the withdrawal pool and matured positions. Only three events change them: a
// short is opened, a short is closed before its maturity, and a checkpoint with matured shorts is minted.
// Each event's own numbers determine the change. The number of shares before a loss of the vault therefore
// determines the number after it.

/** @returns undefined where one of the numbers could not be read */
export function sharesBehindShorts({
  actualShares,
  market,
  governanceFees,
  withdrawalSharesProceeds: proceeds,
}: Snapshot): bigint | undefined {
  if (!actualShares?.ok || !market.ok || !governanceFees.ok || !proceeds.ok) return undefined;
  const { shareReserves, zombieShareReserves } = market.value;
  return actualShares.value - shareReserves - zombieShareReserves - governanceFees.value - proceeds.value;
}

/**
 * Returns the change of the shares behind shorts by an event, rounded down. Derived from `openShort`,
 * `closeShort` and `_applyCheckpoint` of Hyperdrive v1.0.20.
 * @param event with `closesEarly` false for a short that is redeemed after its maturity: the mint of that
 * checkpoint has settled it before
 * @param flatFee 18 decimals
 * @param openingPrice the vault share price that the contract stores for the checkpoint in which the shorts were
 * opened, 18 decimals
 */
export function changeBehindShorts(event: PoolEvent, flatFee: bigint, openingPrice: bigint): bigint {
  const { name, bonds = 0n, vaultSharePrice: c = 0n, basePayment = 0n, minted } = event;
  if (c === 0n || openingPrice === 0n) return 0n;
  const isAtLoss = c < openingPrice;
  if (minted)
    // The haircut of a loss applies to the payment for the bonds, and not to the flat fee. Bonds of a
    // checkpoint that is minted late count by its price, and are converted by the price of the mint.
    return -worthUp(minted.shorts, minted.closingPrice, { flatFee, openingPrice, c });
  if (name === 'OpenShort')
    // A short that is opened after a loss within its checkpoint pays for its bonds by the lower price.
    return worthDown(bonds, isAtLoss ? openingPrice : c, { flatFee, openingPrice, c });
  if (name !== 'CloseShort') return 0n;
  // `basePayment` is the short's payment to LPs and governance, less the haircut. The trader gets the rest of
  // its worth.
  const paidShares = divUp(basePayment + 1n, c);
  const worth = worthUp(bonds, c, { flatFee, openingPrice, c });
  const beforeHaircut = isAtLoss ? mulDivDown(mulDivDown(basePayment, one, c), openingPrice, c) : paidShares;
  const toTrader = worth > beforeHaircut ? worth - beforeHaircut : 0n;
  return -(paidShares + toTrader);
}

interface Terms {
  flatFee: bigint;
  openingPrice: bigint;
  /** At the time of the event. */
  c: bigint;
}

/**
 * Returns the shares that a short is worth, with its flat fee: (bonds · price/opening price + bonds ·
 * flatFee)/c.
 */
function worthUp(bonds: bigint, price: bigint, { flatFee, openingPrice, c }: Terms): bigint {
  return divUp(mulDivUp(bonds, price, openingPrice), c) + mulDivUp(bonds, flatFee, c);
}

function worthDown(bonds: bigint, price: bigint, { flatFee, openingPrice, c }: Terms): bigint {
  return mulDivDown(mulDivDown(bonds, price, openingPrice), one, c) + mulDivDown(bonds, flatFee, c);
}

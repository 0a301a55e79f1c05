import type { Incident } from './chainRecord.ts';
import type { Told } from './told.ts';

// A theft and a loss, and possible alerts about them, for tests.

export const dai = { address: '0xDA1', name: '7 Day DAI' };
export const usdc = { address: '0x05DC', name: '7 Day USDC' };

export const theft: Incident = { check: 'total-shares', pool: dai.address, block: 40, by: -51_000.83 };
export const loss: Incident = { check: 'negative-interest', pool: usdc.address, block: 50, by: -20.0000001 };

export const page: Told = {
  occasion: 'opened',
  level: 'critical',
  check: theft.check,
  pool: theft.pool,
  block: theft.block,
  by: '-50999.683421 shares',
  message: '7 Day DAI: shares are missing (shares beyond what is needed -50999.683421 shares) at block 40',
};
export const lossPage: Told = {
  ...page,
  check: loss.check,
  pool: loss.pool,
  block: loss.block,
  by: '-20.0 %',
  message: '7 Day USDC: the vault share price fell (change -20.0 %) at block 50',
};

/** The end of an alert carries no numbers. */
export const over = (told: Told): Told => ({
  ...told,
  occasion: 'resolved',
  level: 'info',
  block: Number.NaN,
  by: 'undefined',
});

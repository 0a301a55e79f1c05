import type { Incident } from './chainRecord.ts';
import type { Told } from './told.ts';

// A theft and a loss, and what people could have been told of them, for tests.

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
  message: 'shares are missing',
};
export const lossPage: Told = {
  ...page,
  check: loss.check,
  pool: loss.pool,
  block: loss.block,
  by: '-20.0 %',
};

export const over = (told: Told): Told => ({ ...told, occasion: 'resolved', level: 'info' });

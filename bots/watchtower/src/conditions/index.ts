import { activeCopy } from './activeCopy.ts';
import { chain } from './chain.ts';
import { chainUnread, checkpointOverdue, roundDue } from './chainDues.ts';
import { checksBehind } from './checksBehind.ts';
import { clock } from './clock.ts';
import type { Condition } from './condition.ts';
import { heads } from './heads.ts';
import { livePools } from './livePools.ts';
import { peerSilent } from './peers.ts';
import { doublyWatchedPools, unwatchedPools } from './poolCoverage.ts';
import { retiredPools, unlistedPools } from './registry.ts';
import { restarts } from './restarts.ts';
import { roundLate } from './roundLate.ts';
import { sharedWallet } from './sharedWallet.ts';
import { unhealthy } from './unhealthy.ts';
import { unreachable } from './unreachable.ts';
import { version } from './version.ts';
import { walletRunway } from './walletRunway.ts';

/** The conditions that are examined in each round. */
export const conditions: readonly Condition[] = [
  roundDue,
  checkpointOverdue,
  unreachable,
  unhealthy,
  roundLate,
  activeCopy,
  peerSilent,
  restarts,
  chain,
  checksBehind,
  heads,
  sharedWallet,
  walletRunway,
  unwatchedPools,
  unlistedPools,
  retiredPools,
  livePools,
  chainUnread,
  doublyWatchedPools,
  clock,
  version,
];

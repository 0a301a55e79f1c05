import { alertVariables } from '@service-bots/core/alerts';
import {
  addressList,
  aliased,
  choice,
  distinctEndpoints,
  leastBalanceEther,
  milliseconds,
  oneSigner,
  positiveInteger,
  rpcVariables,
  runtimeVariables,
  seconds,
  signerVariables,
  text,
  together,
  transactionVariables,
  variable,
} from '@service-bots/core/config';
import { scheduleList } from '@service-bots/core/prizePool';
import { z } from 'zod';

/** Schema check: every pool of `POOL_SCHEDULE_V2` is in `POOL_ADDRESSES_V2`. */
const schedulesOfListedPools = together<{ POOL_ADDRESSES_V2?: unknown; POOL_SCHEDULE_V2?: unknown }>(
  ({ POOL_ADDRESSES_V2: pools, POOL_SCHEDULE_V2: schedule }) => {
    if (!Array.isArray(pools) || !(schedule instanceof Map)) return [];
    return [...schedule.keys()]
      .filter(address => !pools.includes(address))
      .map(address => ({
        variable: 'POOL_SCHEDULE_V2',
        problem: `has an entry for ${address}, which is not in POOL_ADDRESSES_V2`,
      }));
  },
);

/** Schema check: otherwise every round would be off its schedule and committed before its anchor. */
const leadWithinHoldLimit = together<{
  KEEPER_ANCHOR_LEAD_SECONDS?: unknown;
  KEEPER_HOLD_LIMIT_SECONDS?: unknown;
}>(({ KEEPER_ANCHOR_LEAD_SECONDS: lead, KEEPER_HOLD_LIMIT_SECONDS: limit }) => {
  if (typeof lead !== 'number' || typeof limit !== 'number' || limit >= lead) return [];
  const problem = `is below KEEPER_ANCHOR_LEAD_SECONDS, ${lead}: no round would be held for its anchor`;
  return [{ variable: 'KEEPER_HOLD_LIMIT_SECONDS', problem }];
});

/** Schema check: with a tolerance as large as the lead, no commit could be held to its anchor. */
const toleranceWithinLead = together<{
  KEEPER_ANCHOR_LEAD_SECONDS?: unknown;
  KEEPER_CLOCK_TOLERANCE_SECONDS?: unknown;
}>(({ KEEPER_ANCHOR_LEAD_SECONDS: lead, KEEPER_CLOCK_TOLERANCE_SECONDS: tolerance }) => {
  if (typeof lead !== 'number' || typeof tolerance !== 'number' || tolerance < lead) return [];
  const problem = `is not below KEEPER_ANCHOR_LEAD_SECONDS, ${lead}: a clock that is as wrong shifts the schedule`;
  return [{ variable: 'KEEPER_CLOCK_TOLERANCE_SECONDS', problem }];
});

/** All variables of the keeper. */
export const keeperConfig = z
  .object({
    ...rpcVariables,
    ...signerVariables('PRIVATE_KEY'),
    POOL_ADDRESSES_V2: variable(addressList(), {
      description: 'Addresses of the V2 prize pools to drive, separated by commas',
      example: '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888',
    }),
    POOL_SCHEDULE_V2: variable(scheduleList().optional(), {
      description:
        'Weekly anchor of each pool that has one, in UTC, as address:weekday:hour or address:weekday:hour:minute, separated by commas; pools without one are committed as soon as they can be',
      example: '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888:Wed:13',
    }),
    KEEPER_INTERVAL_MS: variable(milliseconds({ min: 100, max: 600_000 }).prefault('30000'), {
      description: 'The longest time in milliseconds between two looks at the pools, when nothing is due',
      example: '10000',
    }),
    KEEPER_LATE_COMMIT: variable(choice(['fire', 'hold']).prefault('fire'), {
      description:
        'What to do about a commit that missed its anchor by more than the lead: fire at once, which shifts the schedule, or hold it until the next anchor, which restores it',
      example: 'hold',
    }),
    KEEPER_ANCHOR_LEAD_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('300'), {
      description:
        'Seconds before its anchor at which a round becomes committable, as the contract is set up',
      example: '300',
    }),
    KEEPER_HOLD_LIMIT_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('3600'), {
      description:
        'Seconds before an anchor from which on a committable round is held for it; one that becomes committable earlier is off its schedule',
      example: '3600',
    }),
    KEEPER_OVERDUE_SECONDS: variable(seconds({ min: 5, max: 86_400 }).prefault('60'), {
      description:
        'Seconds that a commit may be due and not done before the alert overdue, regardless of which keeper should have done it',
      example: '30',
    }),
    KEEPER_CLOCK_TOLERANCE_SECONDS: variable(seconds({ min: 1, max: 3_600 }).prefault('5'), {
      description: "Seconds that this machine's clock may differ from the chain's",
      example: '5',
    }),
    KEEPER_LOW_BALANCE_MON: variable(leastBalanceEther().prefault('0.2'), {
      description: 'Warn when the wallet holds less, in whole units of the native currency',
      example: '1',
    }),
    KEEPER_ERROR_ALERT_THRESHOLD: variable(positiveInteger({ max: 1_000 }).prefault('3'), {
      description: 'Failures in a row on one pool that make its alert critical',
      example: '5',
    }),
    KEEPER_POOL_MANIFEST: variable(text().optional(), {
      description:
        'Path or http(s) URL of a JSON list of the live pools: a difference from POOL_ADDRESSES_V2 is an alert',
      example: 'https://example.com/pools.json',
    }),
    KEEPER_GOVERNANCE_SECONDS: variable(seconds({ min: 10, max: 86_400 }).prefault('300'), {
      description: "Seconds between two looks at the pools' governance events and at the manifest",
      example: '600',
    }),
    ...aliased(transactionVariables, {
      DRY_RUN: 'KEEPER_DRY_RUN',
      MAX_GAS: 'KEEPER_GAS_LIMIT',
      MAX_FEE_GWEI: 'KEEPER_MAX_FEE_GWEI',
      MAX_PRIORITY_FEE_GWEI: 'KEEPER_MAX_PRIORITY_FEE_GWEI',
    }),
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(
    distinctEndpoints,
    oneSigner('PRIVATE_KEY'),
    schedulesOfListedPools,
    leadWithinHoldLimit,
    toleranceWithinLead,
  );

export type KeeperConfig = z.output<typeof keeperConfig>;

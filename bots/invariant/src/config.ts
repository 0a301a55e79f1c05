import {
  alertVariables,
  distinctEndpoints,
  flag,
  oneSigner,
  parsed,
  positiveInteger,
  Refusal,
  rpcVariables,
  runtimeVariables,
  seconds,
  signerVariables,
  text,
  together,
  transactionVariables,
  variable,
} from '@service-bots/core/config';
import { hyperdriveVariables, oneRegistry, pacedTogether } from '@service-bots/core/hyperdrive';
import { z } from 'zod';
import { checks } from './checks/index.ts';

/** The checks that can page, and so the ones that may pause a pool. */
const pausing = checks.filter(({ severity, worst = severity }) => worst === 'critical');

const checkList = () =>
  parsed(list => {
    const names = list.split(',').map(name => name.trim());
    const known = pausing.map(({ name }) => name);
    const unknown = names.filter(name => !known.includes(name));
    if (unknown.length > 0) throw new Refusal(`names ${unknown.length} that are none of ${known.join(', ')}`);
    return names;
  });

/** Schema check: no pool is paused on the word of a single node. */
const pausesOnTwoWords = together<{
  INVARIANT_PAUSE_ON?: unknown;
  RPC_URL?: readonly unknown[];
  RPC_URL_FALLBACK?: readonly unknown[] | undefined;
}>(({ INVARIANT_PAUSE_ON: pauses, RPC_URL: urls, RPC_URL_FALLBACK: more = [] }) => {
  if (pauses === undefined || !Array.isArray(urls) || urls.length + more.length > 1) return [];
  const problem = 'needs two nodes that confirm a finding: give RPC_URL another URL, or RPC_URL_FALLBACK';
  return [{ variable: 'INVARIANT_PAUSE_ON', problem }];
});

/** Everything the invariant bot is told. */
export const invariantConfig = z
  .object({
    ...rpcVariables,
    ...hyperdriveVariables,
    INVARIANCE_CHECK_TIME: variable(seconds({ min: -1_000_000, max: 86_400 }).prefault('-1'), {
      description:
        'Seconds between two checks of all pools; negative: every block, none left out; 0: the newest block, as fast as blocks come',
      example: '3600',
    }),
    INVARIANCE_CHECK_EVENT_TRIGGER: variable(flag().prefault('true'), {
      description: 'Between these checks, check each pool at the blocks in which somebody traded on it',
      example: 'true',
    }),
    INVARIANT_CATCH_UP_BLOCKS: variable(positiveInteger({ max: 1_000 }).prefault('1000'), {
      description: 'The most blocks to catch up on; older ones are skipped, and it is said how many',
      example: '120',
    }),
    INVARIANT_OVERRIDES_FILE: variable(text().optional(), {
      description:
        'YAML file with what differs from pool to pool: tolerances, look-backs, mutes, warning levels',
      example: '/etc/service-bots/invariant.yaml',
    }),
    DISCOVERY_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('300'), {
      description: 'Seconds between two looks for new and removed pools',
      example: '300',
    }),
    INVARIANT_PAUSE_ON: variable(checkList().optional(), {
      description:
        'Checks, separated by commas, whose confirmed critical failure makes the bot pause the pool; needs a key that may pause',
      example: 'solvency,total-shares',
      defaultText: 'never pauses',
    }),
    ...signerVariables('PAUSER_KEY'),
    ...transactionVariables,
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(distinctEndpoints, oneSigner('PAUSER_KEY'), oneRegistry, pacedTogether, pausesOnTwoWords);

export type InvariantConfig = z.output<typeof invariantConfig>;

/** Whether it may come to a pause that really happens. */
export function pausesPools({
  INVARIANT_PAUSE_ON: pauseOn,
  DRY_RUN: isDryRun,
}: Pick<InvariantConfig, 'INVARIANT_PAUSE_ON' | 'DRY_RUN'>): boolean {
  return pauseOn !== undefined && !isDryRun;
}

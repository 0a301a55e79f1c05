import { alertVariables } from '@service-bots/core/alerts';
import {
  distinctEndpoints,
  entriesOf,
  flag,
  oneSigner,
  parsed,
  positiveInteger,
  Refusal,
  type RpcEndpoint,
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
import { hasTwoOperators } from './judging/NodeOperators.ts';

/** The checks that can page, and therefore the ones that may pause a pool. */
const pausing = checks.filter(({ severity, worst = severity }) => worst === 'critical');

const checkList = () =>
  parsed(list => {
    const names = entriesOf(list);
    const known = pausing.map(({ name }) => name);
    const unknown = names.filter(name => !known.includes(name));
    if (unknown.length > 0) throw new Refusal(`names ${unknown.length} that are none of ${known.join(', ')}`);
    return names;
  });

/** The operator of each node, in the order of their URLs. */
const operatorList = () => parsed(list => list.split(',').map(name => name.trim().toLowerCase()));

/** Schema check: no pool is paused because of a single operator of nodes. */
const pausesOnTwoWords = together<{
  INVARIANT_PAUSE_ON?: unknown;
  INVARIANT_NODE_OPERATORS?: readonly string[] | undefined;
  RPC_URL?: readonly RpcEndpoint[];
  RPC_URL_FALLBACK?: readonly RpcEndpoint[] | undefined;
}>(config => {
  const { RPC_URL: urls, RPC_URL_FALLBACK: more = [], INVARIANT_NODE_OPERATORS: declared } = config;
  if (!Array.isArray(urls) || !Array.isArray(more)) return [];
  if (declared && (declared.length !== urls.length + more.length || declared.includes('')))
    return [
      {
        variable: 'INVARIANT_NODE_OPERATORS',
        problem: `names ${declared.length} for ${urls.length + more.length} URLs of RPC_URL and RPC_URL_FALLBACK: give one name for each, in their order`,
      },
    ];
  if (config.INVARIANT_PAUSE_ON === undefined || hasTwoOperators({ ...config, RPC_URL: urls })) return [];
  const problem =
    urls.length + more.length > 1
      ? 'needs two nodes that confirm a finding, of two operators: all of RPC_URL and RPC_URL_FALLBACK count as one operator’s; give one more, or say in INVARIANT_NODE_OPERATORS who runs each'
      : 'needs two nodes that confirm a finding, of two operators: give RPC_URL another URL, or RPC_URL_FALLBACK; with one node the bot watches and pages, and pauses nothing: leave it out';
  return [{ variable: 'INVARIANT_PAUSE_ON', problem }];
});

/** All variables of the invariant bot. */
export const invariantConfig = z
  .object({
    ...rpcVariables,
    ...hyperdriveVariables,
    INVARIANCE_CHECK_TIME: variable(seconds({ min: -1_000_000, max: 86_400 }).prefault('-1'), {
      description:
        'Seconds between two checks of all pools; negative: every block, none left out; 0: the newest block, as fast as blocks come. Only every block shows a theft by a transaction without a Hyperdrive event at once; else the next check, or the next trade, shows it',
      example: '3600',
    }),
    INVARIANCE_CHECK_EVENT_TRIGGER: variable(flag().prefault('true'), {
      description:
        'Between these checks, check each pool at the blocks with a trade on it. A transaction that takes from a pool without a Hyperdrive event is no trade',
      example: 'true',
    }),
    INVARIANT_CATCH_UP_BLOCKS: variable(positiveInteger({ max: 1_000 }).prefault('1000'), {
      description:
        'The most blocks to catch up on; older blocks are skipped, and blocks-skipped gives their number',
      example: '120',
    }),
    INVARIANT_OVERRIDES_FILE: variable(text().optional(), {
      description:
        'YAML file with the settings of single pools: tolerances, look-backs, mutes, warning levels',
      example: '/etc/service-bots/invariant.yaml',
    }),
    DISCOVERY_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('300'), {
      description: 'Seconds between two looks for new and removed pools',
      example: '300',
    }),
    INVARIANT_PAUSE_ON: variable(checkList().optional(), {
      description:
        'Checks, separated by commas, whose confirmed critical failure makes the bot pause the pool; needs a key that may pause',
      example: `${pausing[0]?.name},${pausing[1]?.name}`,
      defaultText: 'never pauses',
    }),
    INVARIANT_NODE_OPERATORS: variable(operatorList().optional(), {
      description:
        'Who runs each node of RPC_URL and RPC_URL_FALLBACK, one name for each, in their order; a pool is paused only when nodes of two operators confirm a finding',
      example: 'alchemy,own,own',
      defaultText: 'by the domains and addresses of the nodes',
    }),
    ...signerVariables('PAUSER_KEY', 'at times'),
    ...transactionVariables,
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(distinctEndpoints, oneSigner('PAUSER_KEY'), oneRegistry, pacedTogether, pausesOnTwoWords);

export type InvariantConfig = z.output<typeof invariantConfig>;

/** Returns whether the configuration allows real pauses. */
export function pausesPools({
  INVARIANT_PAUSE_ON: pauseOn,
  DRY_RUN: isDryRun,
}: Pick<InvariantConfig, 'INVARIANT_PAUSE_ON' | 'DRY_RUN'>): boolean {
  return pauseOn !== undefined && !isDryRun;
}

import { alertVariables } from '@service-bots/core/alerts';
import {
  addressList,
  distinctEndpoints,
  endpointList,
  ether,
  flag,
  httpUrl,
  leastBalanceEther,
  oneSigner,
  parsed,
  positiveInteger,
  Refusal,
  rpcVariables,
  runtimeVariables,
  seconds,
  signerVariables,
  together,
  transactionVariables,
  variable,
} from '@service-bots/core/config';
import { hyperdriveVariables, oneRegistry, pacedTogether } from '@service-bots/core/hyperdrive';
import { z } from 'zod';
import {
  basisPoints,
  decimalText,
  fraction,
  namedPoolsListed,
  perPool,
  scaled,
  yearlyPercent,
} from './perPool.ts';

/**
 * The source of a pool's variable rate: its checkpoints, its vault's `getRate()`, or a figure of the
 * operator's.
 */
export type RateSource = { kind: 'checkpoints' } | { kind: 'vault' } | { kind: 'fixed'; rate: bigint };

function rateSource(text: string): RateSource {
  if (text === 'checkpoints' || text === 'vault') return { kind: text };
  const [, figure] = /^(.*?)\s*%$/.exec(text) ?? [];
  if (figure === undefined) throw new Refusal('is none of checkpoints, vault, and a rate such as 4.5%');
  return { kind: 'fixed', rate: scaled(16, { min: 0, max: 100 })(figure) };
}

/** Schema check: the two thresholds of the predecessor bot come in a pair. */
export const bothThresholds = together<{ HIGH_FIXED_RATE_THRESH?: unknown; LOW_FIXED_RATE_THRESH?: unknown }>(
  ({ HIGH_FIXED_RATE_THRESH: high, LOW_FIXED_RATE_THRESH: low }) => {
    if ((high === undefined) === (low === undefined)) return [];
    const name = high === undefined ? 'HIGH_FIXED_RATE_THRESH' : 'LOW_FIXED_RATE_THRESH';
    return [{ variable: name, problem: 'is not set, and the other threshold needs it' }];
  },
);

/** Schema check: an operator who trades without the invariant bot has to say so. */
const watched = together<{ INVARIANT_STATUS_URL?: unknown; INVARIANT_UNWATCHED?: unknown; PAPER?: unknown }>(
  ({ INVARIANT_STATUS_URL: url, INVARIANT_UNWATCHED: unwatched, PAPER: paper }) => {
    if (url !== undefined && unwatched === true)
      return [
        {
          variable: 'INVARIANT_UNWATCHED',
          problem: 'is true and INVARIANT_STATUS_URL is given: leave one out',
        },
      ];
    // A flag that is neither true nor false is reported as such, and not as a second problem.
    if (url !== undefined || unwatched !== false || paper !== false) return [];
    const problem =
      'is not set: give the /status URL of an invariant bot that watches these pools, or INVARIANT_UNWATCHED=true to trade without it';
    return [{ variable: 'INVARIANT_STATUS_URL', problem }];
  },
);

/** The variables that decide about trades, for the bot and its commands. */
export const tradingVariables = {
  LPANDARB_POOLS: variable(addressList(), {
    description: 'Addresses of the pools that may be traded with, separated by commas; no other is',
    example: '0xd7e470043241C10970953Bd8374ee6238e77D735',
  }),
  CAPITAL_PER_POOL: variable(perPool(decimalText), {
    description:
      'The most base that a pool may hold of the bot, in whole tokens: one figure for all pools, or address:figure, separated by commas',
    example: '10000',
  }),
  CAPITAL_IN_ALL: variable(parsed(decimalText).optional(), {
    description:
      'The most base that all pools that are paid in the same token may hold together, in whole tokens',
    example: '25000',
    defaultText: 'the sum of CAPITAL_PER_POOL',
  }),
  LP_PORTION: variable(fraction().prefault('0.9'), {
    description: 'Part of the capital, from 0 to 1, that is kept as liquidity',
    example: '0.5',
  }),
  MAX_TRADE: variable(perPool(decimalText).optional(), {
    description: 'The most that one trade may have, in base or bonds: one figure, or address:figure',
    example: '2500',
    defaultText: 'CAPITAL_PER_POOL',
  }),
  MAX_POSITION: variable(perPool(decimalText).optional(), {
    description: 'The most bonds of one side that may be open in a pool: one figure, or address:figure',
    example: '20000',
    defaultText: 'CAPITAL_PER_POOL',
  }),
  MAX_LIQUIDITY_SHARE: variable(fraction().prefault('0.2'), {
    description:
      "Part of a pool's liquidity, from 0 to 1, that the bot's bonds of one side, or its liquidity, may come to",
    example: '0.1',
  }),
  MIN_PROFIT_BPS: variable(basisPoints().prefault('0.1'), {
    description:
      'The least profit that a trade has to promise after all fees, gas and slippage, in hundredths of a percent of its bonds',
    example: '0.5',
  }),
  SLIPPAGE_BPS: variable(basisPoints().prefault('1'), {
    description: 'How much worse than simulated a transaction may turn out, in hundredths of a percent',
    example: '2',
  }),
  HIGH_FIXED_RATE_THRESH: variable(yearlyPercent().optional(), {
    description:
      'Percent a year above the variable rate from which on longs are opened, instead of by the fees',
    example: '0.5',
    defaultText: 'where the fees are earned',
  }),
  LOW_FIXED_RATE_THRESH: variable(yearlyPercent().optional(), {
    description:
      'Percent a year below the variable rate from which on shorts are opened, instead of by the fees',
    example: '0.5',
    defaultText: 'where the fees are earned',
  }),
  NATIVE_IN_BASE: variable(perPool(decimalText), {
    description:
      'What a whole unit of the native currency costs in base, to count gas: one figure, or address:figure; set it too high rather than too low',
    example: '4000',
  }),
  VARIABLE_RATE: variable(perPool(rateSource).prefault('checkpoints'), {
    description:
      "Where the variable rate comes from: checkpoints (the vault's price over LOOK_BACK_HOURS), vault (its getRate(), only where that is a yearly rate), or a rate: one for all pools, or address:source",
    example: 'checkpoints',
  }),
  LOOK_BACK_HOURS: variable(positiveInteger({ max: 8_760 }).prefault('168'), {
    description: 'Hours over which the variable rate is taken from checkpoints',
    example: '72',
  }),
};

/** The variables that limit trades over time. */
export const timeVariables = {
  TRADES_PER_HOUR: variable(positiveInteger({ max: 1_000 }).prefault('10'), {
    description: 'The most trades within an hour; an unwind is not limited',
    example: '6',
  }),
  MAX_LOSS_PER_DAY: variable(fraction().prefault('0.01'), {
    description: 'Part of the capital whose loss within a day stops new trades until the day has passed',
    example: '0.02',
  }),
  MAX_DRAWDOWN: variable(fraction().prefault('0.05'), {
    description: 'Part of the capital whose loss since the peak halts the bot until a person resumes it',
    example: '0.03',
  }),
  MAX_GAS_COST_PER_DAY: variable(ether().prefault('0.1'), {
    description:
      'The most that gas may cost within a day, in whole units of the native currency, before new trades stop',
    example: '0.05',
  }),
  COOL_DOWN_SECONDS: variable(seconds({ max: 864_000 }).prefault('3600'), {
    description: 'Seconds without new trades after a position was closed at a loss',
    example: '600',
  }),
};

/** The schema of all environment variables of the lpandarb bot. */
export const lpandarbConfig = z
  .object({
    ...rpcVariables,
    ...hyperdriveVariables,
    ...signerVariables('LPANDARB_BOT_KEY'),
    ...tradingVariables,
    PAPER: variable(flag().prefault('false'), {
      description: 'Decide on the live chain and book fills on paper: no key, nothing is sent',
      example: 'true',
    }),
    SEND_RPC_URL: variable(endpointList().optional(), {
      description:
        'http(s) URLs that transactions are sent to and nothing is read from: a relay without a public mempool',
      example: 'https://rpc.example.org/private',
      secret: true,
      defaultText: 'RPC_URL',
    }),
    ...timeVariables,
    INVARIANT_STATUS_URL: variable(httpUrl().optional(), {
      description:
        'The /status of the invariant bot: a pool with an open critical alert is left alone, and without an answer all are',
      example: 'http://invariant:8080/status',
    }),
    INVARIANT_UNWATCHED: variable(flag().prefault('false'), {
      description: 'Trade without an invariant bot',
      example: 'true',
    }),
    LOOK_SECONDS: variable(seconds({ min: 1, max: 3_600 }).prefault('30'), {
      description: 'The longest time in seconds between two reads of the pools',
      example: '15',
    }),
    DISCOVERY_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('600'), {
      description: 'Seconds between two reads of the registry and of the constants of the pools',
      example: '300',
    }),
    ERRORS_UNTIL_CRITICAL: variable(positiveInteger({ max: 1_000 }).prefault('10'), {
      description: 'Failures in a row on one pool that make its alert critical',
      example: '5',
    }),
    LOW_BALANCE: variable(leastBalanceEther().optional(), {
      description: 'Warn when the wallet holds less, in whole units of the native currency',
      example: '0.1',
      defaultText: '0.1 on mainnet, 0.01 on Base and Linea',
    }),
    ...transactionVariables,
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(
    distinctEndpoints,
    oneSigner('LPANDARB_BOT_KEY'),
    oneRegistry,
    pacedTogether,
    bothThresholds,
    watched,
    namedPoolsListed,
  );

export type LpandarbConfig = z.output<typeof lpandarbConfig>;
export type TimeConfig = z.output<z.ZodObject<typeof timeVariables>>;

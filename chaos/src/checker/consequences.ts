import type { Fault, FaultKind } from '../history/index.ts';
import type { Bot, Timeline } from './Timeline.ts';

/** The bots that a consequence concerns. */
type Concerned =
  /** The bot that the fault is aimed at; all of them where it names none. */
  | 'target'
  /** The bots that read the endpoint, or the chain. */
  | 'readers'
  /** The watchtowers that watch the target. */
  | 'watchers'
  /** Every bot. */
  | 'all';

/** Alerts that a fault explains, and those that it requires. */
export interface Consequence {
  readonly who: Concerned;
  /** Where an alert is required, any of these reports it; otherwise each of these is true. */
  readonly checks: readonly string[];
  /**
   * An alert is required once the fault has lasted this long, by the runbook of its check. Without this time, an
   * alert is allowed, but not required.
   */
  readonly requiredAfterMs?: number;
  /** Whether this very fault of the kind requires it. Default: every one. */
  readonly requires?: (fault: Fault, bot: Bot) => boolean;
  /** Whether the alert stays open long after the fault, as its runbook says. */
  readonly isEvent?: boolean;
  /** How long after the fault its effect may still be found, in ms. Default: `lingersMs`. */
  readonly lingersMs?: number;
}

export const lingersMs = 60_000;
const minute = 60_000;
const hour = 60 * minute;

const nodeTrouble = [
  'rpc-endpoint',
  'rpc-unreachable',
  'chain-standstill',
  'round-failed',
  'pool-failing',
  'discovery-failed',
  'cannot-start',
  'view-unread',
  'governance-unread',
  'check-indeterminate',
  'pool-unreadable',
  'trades-unread',
  'falling-behind',
  'blocks-skipped',
  'stuck-transaction',
  'lpandarb-left-alone',
  'clock-skew',
];
export const watchtowerTrouble = [
  'bot-unreachable',
  'bot-unhealthy',
  'round-late',
  'bot-heads',
  'checks-behind',
  'bot-clock',
  'chain-unread',
  'no-active-copy',
];
const sendingTrouble = ['stuck-transaction', 'pool-failing', 'cannot-send', 'quarantined'];
export const processTrouble = [
  'round-failed',
  'round-stuck',
  'crashed',
  'rpc-unreachable',
  'rpc-endpoint',
  'pool-failing',
  'falling-behind',
  'blocks-skipped',
  'heartbeat-failing',
  'channel-failing',
  'pool-was-paused',
  'lpandarb-left-alone',
];
const stateTrouble = [
  'state-unreadable',
  'state-unwritable',
  'state-unusable',
  'history-unusable',
  'lpandarb-ledger',
  'crashed',
  'round-failed',
  'round-stuck',
  'pool-failing',
  'foreign-transactions',
  'blocks-skipped',
  'cannot-start',
];

/** Faults of one endpoint that make each of its answers useless, as the proxy names them. */
const steady =
  /^(refuse|reset|hang|http 5\d\d.*|garbage|html|empty|truncated|half of the JSON|rpc -32603|stale 20|frozen|another chain)$/;
const isSteady = ({ parameters, target, makesImpossible }: Fault, { bot }: Bot) =>
  target.endpoint === undefined
    ? makesImpossible.some(each => each.act === 'read' && (each.bot ?? bot) === bot)
    : parameters.spec !== 'websocket' && steady.test(String(parameters.fault ?? 'refuse'));
/** The difference from which on a clock is wrong (`KEEPER_CLOCK_TOLERANCE_SECONDS`). */
const clockToleranceSeconds = 5;
const isFarOff = ({ parameters }: Fault) => Math.abs(Number(parameters.seconds ?? 0)) > clockToleranceSeconds;

const node: readonly Consequence[] = [
  { who: 'readers', checks: nodeTrouble },
  { who: 'watchers', checks: watchtowerTrouble },
];
const process: readonly Consequence[] = [
  { who: 'target', checks: processTrouble },
  { who: 'watchers', checks: [...watchtowerTrouble, 'bot-restarting'] },
  // lpandarb leaves its pools alone while the invariant bot does not answer.
  { who: 'all', checks: ['lpandarb-left-alone'] },
];
const state: readonly Consequence[] = [
  { who: 'target', checks: stateTrouble, lingersMs: hour },
  // Resolved after 24 hours without another, and repeated until then.
  { who: 'target', checks: ['state-unreadable'], lingersMs: 25 * hour, isEvent: true },
  { who: 'watchers', checks: [...watchtowerTrouble, 'bot-restarting', 'foreign-transactions'] },
];
const clock: readonly Consequence[] = [
  {
    who: 'target',
    checks: ['clock-skew'],
    // At three heads in a row.
    requiredAfterMs: 5_000,
    requires: (fault, bot) => bot.kind === 'keeper' && isFarOff(fault),
  },
  { who: 'watchers', checks: ['bot-clock'], requiredAfterMs: 0, requires: isFarOff },
  // None of these alerts is required: a check of the wall clock needs three heads in a row, and only the keeper
  // depends on that clock.
  { who: 'target', checks: ['clock-skew', 'anchor-shifted', 'round-failed', 'chain-standstill'] },
  { who: 'watchers', checks: ['bot-clock', 'bot-heads', 'round-late', 'bot-unhealthy'] },
];
const releases: readonly Consequence[] = [
  ...process,
  { who: 'watchers', checks: ['bot-version', 'bot-restarting'], lingersMs: hour },
];

/** The consequences of each kind of fault, by the documents. Incidents of the chain itself are in `incidents.ts`. */
export const consequences: Readonly<Record<FaultKind, readonly Consequence[]>> = {
  'endpoint-down': [
    { who: 'readers', checks: ['rpc-endpoint', 'chain-unread'], requiredAfterMs: 30_000, requires: isSteady },
    ...node,
  ],
  'endpoint-slow': node,
  'endpoint-stale': [
    {
      who: 'readers',
      checks: ['rpc-endpoint', 'chain-unread', 'chain-standstill'],
      requiredAfterMs: 30_000,
      requires: isSteady,
    },
    ...node,
  ],
  'endpoint-lies': node,
  'endpoint-limits': node,
  'endpoint-wrong-chain': [
    { who: 'readers', checks: ['rpc-endpoint', 'chain-unread'], requiredAfterMs: 30_000, requires: isSteady },
    ...node,
  ],
  kill: process,
  freeze: process,
  'out-of-memory': process,
  restart: process,
  'restart-all': process,
  redeploy: releases,
  rollback: releases,
  'second-copy': [
    { who: 'watchers', checks: [...watchtowerTrouble, 'pool-watched-twice', 'wallet-shared'] },
    ...process,
  ],
  'disk-full': state,
  'disk-read-only': state,
  'state-truncated': state,
  'state-garbage': state,
  'state-older-version': state,
  'clock-shift': clock,
  'clock-jump': clock,
  'clock-slow': clock,
  reorg: [
    {
      who: 'readers',
      checks: ['pool-failing', 'round-failed', 'stuck-transaction', 'check-indeterminate', 'rpc-endpoint'],
    },
    { who: 'watchers', checks: ['bot-heads'] },
  ],
  'fee-spike': [
    { who: 'readers', checks: [...sendingTrouble, 'low-balance'] },
    { who: 'watchers', checks: ['wallet-runway'] },
  ],
  'chain-standstill': [
    { who: 'readers', checks: ['clock-skew', 'round-failed', 'pool-failing', 'rpc-endpoint'] },
    ...node,
  ],
  'transactions-stuck': [{ who: 'readers', checks: sendingTrouble, lingersMs: 2 * minute }],
  'transactions-dropped': [{ who: 'readers', checks: sendingTrouble, lingersMs: 2 * minute }],
  competitor: [],
  'wallet-drained': [
    { who: 'target', checks: ['low-balance', 'cannot-send', 'pool-failing'] },
    { who: 'watchers', checks: ['wallet-runway'] },
  ],
  'channel-refuses': [
    { who: 'all', checks: ['channel-failing', 'alerts-refused', 'alerts-dropped'], lingersMs: 10 * minute },
  ],
  'channel-hangs': [{ who: 'all', checks: ['channel-failing', 'alerts-dropped'], lingersMs: 10 * minute }],
  'channel-cut': [{ who: 'all', checks: ['channel-failing', 'alerts-dropped'], lingersMs: 10 * minute }],
  // Heartbeats are sent with a round, every 15 s at most, and three in a row have to fail: each after three tries, of
  // 10 s at most, with 5 s between them.
  'heartbeat-cut': [
    {
      who: 'target',
      checks: ['heartbeat-failing'],
      requiredAfterMs: 60_000,
      requires: fault => fault.parameters.way !== 'hang',
    },
    {
      who: 'target',
      checks: ['heartbeat-failing'],
      requiredAfterMs: 150_000,
      requires: fault => fault.parameters.way === 'hang',
    },
  ],
  // Two discoveries.
  'alert-storm': [
    {
      who: 'readers',
      checks: ['pool-unreadable', 'pool-answers'],
      requiredAfterMs: 2 * minute,
      requires: (_, bot) => bot.kind === 'checkpoint' || bot.kind === 'invariant',
    },
    { who: 'watchers', checks: ['pool-retired', 'pool-unwatched'], lingersMs: 7 * 24 * hour, isEvent: true },
  ],
  'dns-gone': [
    ...node,
    {
      who: 'all',
      checks: ['channel-failing', 'heartbeat-failing', 'alerts-dropped'],
      lingersMs: 10 * minute,
    },
  ],
  'pool-paused': [{ who: 'all', checks: ['lpandarb-left-alone', 'pool-failing'] }],
  'pool-drained': [
    {
      who: 'all',
      checks: [
        'solvency',
        'total-shares',
        'minimum-share-reserves',
        'present-value',
        'lp-share-price',
        'vault-answers',
        'pool-answers',
        'check-indeterminate',
        'pool-failing',
        'lpandarb-left-alone',
        'price-spike',
        // The drained pool holds native currency.
        'eth-balance',
      ],
      lingersMs: hour,
    },
  ],
  'vault-loss': [
    {
      who: 'all',
      checks: [
        'lp-share-price',
        'total-shares',
        'solvency',
        'present-value',
        'price-spike',
        'lpandarb-left-alone',
        'lpandarb-halted',
      ],
      // Shorts close at a loss, and books stay short, long after the loss itself.
      lingersMs: 24 * hour,
    },
  ],
  'registry-removal': [
    { who: 'all', checks: ['lpandarb-left-alone', 'no-pools'], lingersMs: 15 * minute },
    { who: 'all', checks: ['pool-retired', 'pool-unwatched'], lingersMs: 7 * 24 * hour },
  ],
  'host-cut': process,
  'host-killed': process,
};

/** Returns the bots that a consequence of this fault concerns. */
export function concerned(who: Concerned, fault: Fault, timeline: Timeline): readonly Bot[] {
  const { target } = fault;
  const endpoint = timeline.history.of('endpoint').find(each => each.endpoint === target.endpoint);
  const isTarget = (bot: Bot) => target.bot === undefined || target.bot === bot.bot;
  switch (who) {
    case 'all':
      return timeline.bots;
    case 'target':
      return timeline.bots.filter(isTarget);
    case 'watchers':
      return timeline.bots.filter(
        bot =>
          bot.kind === 'watchtower' &&
          // A watchtower with a wrong clock finds all the others wrong.
          (target.bot === undefined || target.bot === bot.bot || (bot.targets ?? []).includes(target.bot)),
      );
    case 'readers':
      return timeline.bots.filter(bot => {
        if (!isTarget(bot)) return false;
        if (target.endpoint !== undefined) return bot.endpoints.includes(target.endpoint);
        const chain = target.chain ?? endpoint?.chain;
        return chain === undefined || bot.chain === chain || bot.chain === undefined;
      });
  }
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { severities } from '../../alerts/index.ts';
import type { GaugeReading } from '../bot.ts';
import type { Status } from './Status.ts';

/** A metric that is read from the status when it is scraped. */
interface Metric {
  name: string;
  help: string;
  /** The name of its label, where it has one. */
  label?: 'window' | 'pool' | 'severity' | 'channel' | 'endpoint';
  /** @default gauge */
  type?: 'gauge' | 'counter';
  /**
   * Returns the value of each label, or the one value of a metric without a label. Without a value, such a
   * metric keeps its earlier one.
   * @param now milliseconds since 1970
   */
  read(status: Status, now: number): number | undefined | (readonly [label: string, value: number])[];
}

const metrics: readonly Metric[] = [
  {
    name: 'bot_healthy',
    help: 'Whether rounds complete on time',
    read: (status, now) => (status.isHealthy(now) ? 1 : 0),
  },
  {
    name: 'bot_standing_by',
    help: 'Whether another copy of the bot acts, and this one waits',
    read: ({ standby }) => (standby ? 1 : 0),
  },
  {
    name: 'bot_last_round_timestamp_seconds',
    help: 'When the last round completed',
    read: ({ lastRound }) => (lastRound?.endedAt ?? 0) / 1000,
  },
  { name: 'bot_head_block', help: 'Block of the last round', read: ({ head }) => head?.number ?? 0 },
  {
    name: 'bot_head_timestamp_seconds',
    help: 'Time of that block',
    read: ({ head }) => head?.timestamp ?? 0,
  },
  {
    name: 'bot_head_standstill_seconds',
    help: 'For how long the head has stood still; 0 while it moves',
    read: (status, now) => (now - (status.standsStillSince() ?? now)) / 1000,
  },
  {
    name: 'bot_wallet_balance',
    help: 'Balance of the wallet in whole units of the native currency',
    read: ({ wallet }) => wallet && Number(wallet.balanceWei) / 1e18,
  },
  {
    name: 'bot_wallet_actions_left',
    help: "Actions the wallet pays for at today's fee",
    read: ({ wallet }) => wallet?.actionsLeft,
  },
  {
    name: 'bot_transactions_in_flight',
    help: 'Transactions broadcast and not confirmed',
    read: ({ sender }) => sender?.inFlight.length ?? 0,
  },
  {
    name: 'bot_wallet_gas_budget_used_ratio',
    help: 'Part of its gas budget that the wallet used',
    label: 'window',
    read: ({ sender }) => {
      if (!sender?.gasBudget) return [];
      const { limits, usedHour, usedDay } = sender.gasBudget;
      return [
        ['hour', Number(usedHour) / Number(limits.perHour)],
        ['day', Number(usedDay) / Number(limits.perDay)],
      ];
    },
  },
  {
    name: 'bot_pool_consecutive_errors',
    help: 'Failed rounds in a row',
    label: 'pool',
    read: ({ targets }) => targets.map(({ address, consecutiveErrors }) => [address, consecutiveErrors]),
  },
  {
    name: 'bot_open_alerts',
    help: 'Open alerts, by severity',
    label: 'severity',
    read: status =>
      severities.map(severity => [
        severity,
        status.openAlerts().filter(alert => alert.severity === severity).length,
      ]),
  },
  {
    name: 'alerts_waiting',
    help: 'Alerts that a channel has not taken yet',
    label: 'channel',
    read: status => status.channels().map(({ name, waiting }) => [name, waiting]),
  },
  {
    name: 'alerts_last_delivered_timestamp_seconds',
    help: 'When a channel last took an alert',
    label: 'channel',
    read: status =>
      status.channels().map(({ name, lastDeliveredAt }) => [name, (lastDeliveredAt ?? 0) / 1000]),
  },
  {
    name: 'alerts_delivered_total',
    help: 'Alerts that a channel took',
    label: 'channel',
    type: 'counter',
    read: status => status.channels().map(({ name, delivered }) => [name, delivered]),
  },
  {
    name: 'alerts_delivery_failures_total',
    help: 'Deliveries that failed',
    label: 'channel',
    type: 'counter',
    read: status => status.channels().map(({ name, failures }) => [name, failures]),
  },
  {
    name: 'alerts_refused_total',
    help: 'Alerts that a channel refused for good',
    label: 'channel',
    type: 'counter',
    read: status => status.channels().map(({ name, refused }) => [name, refused]),
  },
  {
    name: 'alerts_dropped_total',
    help: 'Alerts dropped because too many waited',
    label: 'channel',
    type: 'counter',
    read: status => status.channels().map(({ name, dropped }) => [name, dropped]),
  },
  {
    name: 'rpc_requests_total',
    help: 'HTTP requests sent to an endpoint',
    label: 'endpoint',
    type: 'counter',
    read: status => status.endpoints().map(({ endpoint: { label, counters } }) => [label, counters.requests]),
  },
  {
    name: 'rpc_served_total',
    help: 'Requests whose answer was used',
    label: 'endpoint',
    type: 'counter',
    read: status => status.endpoints().map(({ endpoint: { label, counters } }) => [label, counters.served]),
  },
  {
    name: 'rpc_faults_total',
    help: 'Requests without a usable answer',
    label: 'endpoint',
    type: 'counter',
    read: status => status.endpoints().map(({ endpoint: { label, counters } }) => [label, counters.faults]),
  },
  {
    name: 'rpc_rate_limits_total',
    help: 'Requests refused for their rate',
    label: 'endpoint',
    type: 'counter',
    read: status =>
      status.endpoints().map(({ endpoint: { label, counters } }) => [label, counters.rateLimits]),
  },
  {
    name: 'rpc_endpoint_usable',
    help: 'Whether an endpoint is in use',
    label: 'endpoint',
    read: status => status.endpoints().map(({ endpoint, state }) => [endpoint.label, state === 'ok' ? 1 : 0]),
  },
  {
    name: 'rpc_endpoint_breaker_open',
    help: 'Whether an endpoint is left alone but for trials',
    label: 'endpoint',
    read: status =>
      status.endpoints().map(({ endpoint: { label, breaker } }) => [label, breaker.isOpen ? 1 : 0]),
  },
  {
    name: 'rpc_endpoint_lag_blocks',
    help: 'Blocks behind the best endpoint',
    label: 'endpoint',
    read: status => status.endpoints().map(({ endpoint, lag }) => [endpoint.label, lag]),
  },
  {
    name: 'rpc_endpoint_latency_seconds',
    help: 'Usual duration of a request',
    label: 'endpoint',
    read: status =>
      status.endpoints().map(({ endpoint: { label, latencyMs } }) => [label, (latencyMs ?? 0) / 1000]),
  },
];

/**
 * The Prometheus metrics of one bot. The metrics of the table read the status when they are scraped, so that
 * there is one source of truth.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly roundSeconds: Histogram;
  readonly rounds: Counter<'result'>;
  readonly actions: Counter<'pool'>;
  /** The bot's own gauges, by name. */
  readonly #own = new Map<string, Gauge>();

  /** @param now milliseconds since 1970 */
  constructor(status: Status, now: () => number) {
    const registers = [this.registry];
    this.registry.setDefaultLabels({ bot: status.bot });
    collectDefaultMetrics({ register: this.registry });
    this.roundSeconds = new Histogram({
      name: 'bot_round_duration_seconds',
      help: 'Duration of completed rounds',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
      registers,
    });
    this.rounds = new Counter({
      name: 'bot_rounds_total',
      help: 'Rounds, by result',
      labelNames: ['result'],
      registers,
    });
    this.actions = new Counter({
      name: 'bot_actions_total',
      help: 'Actions done on the chain',
      labelNames: ['pool'],
      registers,
    });
    for (const metric of metrics) register(metric, { status, now, registry: this.registry });
  }

  /** Shows the bot's own figures in place of those of the previous round. */
  show(readings: readonly GaugeReading[]): void {
    for (const gauge of this.#own.values()) gauge.reset();
    for (const { name, help, labels, value } of readings) {
      const known = this.#own.get(name);
      const gauge =
        known ?? new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      if (!known) this.#own.set(name, gauge);
      gauge.set({ ...labels }, value);
    }
  }
}

/** Registers a row of the table. */
function register(
  { name, help, label, type, read }: Metric,
  { status, now, registry }: { status: Status; now: () => number; registry: Registry },
): void {
  const about = { name, help, registers: [registry], labelNames: label === undefined ? [] : [label] };
  const rows = () => {
    const found = read(status, now());
    if (Array.isArray(found)) return found.map(([of, value]) => [{ [label ?? '']: of }, value] as const);
    return found === undefined ? undefined : [[{}, found] as const];
  };
  if (type === 'counter')
    new Counter({
      ...about,
      collect() {
        this.reset();
        for (const [labels, value] of rows() ?? []) this.inc(labels, value);
      },
    });
  else
    new Gauge({
      ...about,
      collect() {
        const found = rows();
        if (found) this.reset();
        for (const [labels, value] of found ?? []) this.set(labels, value);
      },
    });
}

import { type Chain, chainOf } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { endpointsOf } from '../config/index.ts';
import { type FailoverOptions, FailoverProvider, followHeads } from '../rpc/index.ts';
import type { BotSchema, Desk } from './openDesk.ts';
import { retryUntilStopped } from './process/retryUntilStopped.ts';
import type { BlockHints } from './rounds/BlockHints.ts';

/** A websocket that reports no block for this long, or for five block times, is treated as dead. */
const shortestSilenceMs = 30_000;

/**
 * Retries until an endpoint answers: a node that is down does not end the bot.
 * @returns undefined when the bot was stopped
 */
export function connect<S extends BotSchema>(
  desk: Desk<S>,
  clock: Clock,
  stop: AbortSignal,
): Promise<FailoverProvider | undefined> {
  const { config, nameOf } = desk;
  const endpoints = endpointsOf(config);
  return retryUntilStopped('no RPC endpoint answers', desk, clock, stop, 'rpc-unreachable', () =>
    FailoverProvider.connect(endpoints, config.CHAIN_ID, failoverOptions(desk), nameOf('RPC_URL')),
  );
}

/** Returns the options that depend on the chain and on the operator's configuration. */
function failoverOptions<S extends BotSchema>({ cadence, logger }: Desk<S>) {
  return (chainId: number): FailoverOptions => ({
    blockTimeMs: cadence.blockTimeMs ?? chainOf(chainId).blockTimeMs,
    onChange: ({ endpoint, state, lag }, before) => {
      if (before === undefined && state === 'ok') return;
      const level = state === 'ok' ? 'info' : 'warning';
      const { label, lastFault, latencyMs, breaker, counters } = endpoint;
      const { requests, served } = counters;
      const figures = { lag, latencyMs, breaker: breaker.isOpen ? 'open' : 'closed', requests, served };
      logger[level](`RPC endpoint is ${state}`, { endpoint: label, before, ...figures, lastFault });
    },
  });
}

/**
 * Subscribes to new blocks by websocket. Without WS_RPC_URL, or while it does not work, blocks are found by
 * polling alone.
 */
export function listenForBlocks<S extends BotSchema>(
  { config: { WS_RPC_URL: address }, logger }: Desk<S>,
  hints: BlockHints,
  { blockTimeMs }: Chain,
  clock: Clock,
  stop: AbortSignal,
): void {
  if (!address) return;
  const endpoint = address.label;
  const onChange = (hears: boolean) =>
    hears
      ? logger.info('hears of new blocks by websocket', { endpoint })
      : logger.warning('hears of no new blocks by websocket: polling only', { endpoint });
  const silenceMs = Math.max(blockTimeMs * 5, shortestSilenceMs);
  void followHeads(address, () => hints.hint(), { silenceMs, clock, onChange, stop });
}

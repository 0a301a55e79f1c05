import { type Chain, chainOf } from '../../chains/index.ts';
import { withDeadline } from '../../clock/index.ts';
import { BotError, reasonOf } from '../../errors/index.ts';
import { type Block, type EndpointAddress, FailoverProvider, readHead } from '../../rpc/index.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { isAnvil } from './walletSetup.ts';

const endpointMs = 10_000;
/** A head that is older than both limits shows an endpoint that lags, or a wrong clock. */
const staleBlocks = 10;
const staleMs = 60_000;
const clockToleranceMs = 5_000;

/** The answers of an endpoint, or why it did not answer. */
export interface AskedEndpoint {
  label: string;
  chainId?: number;
  head?: Block;
  askedAtMs: number;
  tookMs: number;
  problem?: string;
  isDevelopment?: boolean;
}

/** Asks an endpoint for its chain id, its head and its client, within 10 s. Never rejects. */
export async function askEndpoint(address: EndpointAddress): Promise<AskedEndpoint> {
  const askedAtMs = Date.now();
  const { label } = address;
  let provider: FailoverProvider | undefined;
  try {
    provider = await withDeadline(
      FailoverProvider.connect([address], undefined),
      endpointMs,
      () => new BotError('does not answer within 10 s'),
    );
    const startedAtMs = Date.now();
    const head = await readHead(provider);
    const tookMs = Date.now() - startedAtMs;
    const isDevelopment = await isAnvil(provider).catch(() => false);
    return { label, chainId: provider.chainId, head, askedAtMs, tookMs, isDevelopment };
  } catch (error) {
    return { label, askedAtMs, tookMs: Date.now() - askedAtMs, problem: reasonOf(error) };
  } finally {
    provider?.destroy();
  }
}

/** Returns whether an endpoint answers and serves the chain of the bot. */
export function endpointFinding(
  { label, chainId, head, tookMs, problem }: AskedEndpoint,
  chain: Chain | undefined,
): Finding {
  const what = `endpoint ${label}`;
  if (chainId === undefined || head === undefined) return fail(what, problem ?? 'does not answer');
  if (chainId !== chain?.id) return fail(what, `serves chain ${chainId}, not ${chain?.id}`);
  return ok(what, `chain ${chainId} (${chain.name}), block ${head.number}, ${tookMs} ms`);
}

/** Returns whether an endpoint answers, on any chain. */
export async function examineEndpoint(address: EndpointAddress): Promise<Finding> {
  const asked = await askEndpoint(address);
  return endpointFinding(asked, asked.chainId === undefined ? undefined : chainOf(asked.chainId));
}

/**
 * Compares this machine's clock with the chain's. Blocks are stamped by other machines' clocks: a head from
 * the future shows that this machine's clock is slow.
 */
export function clockFinding(asked: readonly AskedEndpoint[], chain: Chain, isRehearsal: boolean): Finding {
  const what = 'clock';
  const ages = asked.flatMap(({ head, askedAtMs, chainId }) =>
    head && chainId === chain.id ? [askedAtMs - head.timestamp * 1000] : [],
  );
  const youngestMs = Math.min(...ages);
  const text = `${Math.round(Math.abs(youngestMs) / 1000)} s`;
  const judge = isRehearsal ? warn : fail;
  if (youngestMs < -clockToleranceMs) {
    return judge(what, `this machine's clock is ${text} behind the newest block's time`);
  }
  if (youngestMs > Math.max(staleMs, staleBlocks * chain.blockTimeMs)) {
    return judge(
      what,
      `the newest block is ${text} old: the chain stands still, all endpoints lag, or this clock is ahead`,
    );
  }
  return ok(what, `the newest block is ${text} ${youngestMs < 0 ? 'ahead' : 'old'}`);
}

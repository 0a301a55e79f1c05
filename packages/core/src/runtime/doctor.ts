import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { formatEther } from 'ethers';
import type { z } from 'zod';
import { openChannels, readOwnership } from '../alerts/index.ts';
import { type Chain, chainOf, explorers } from '../chains/index.ts';
import { systemClock, withDeadline } from '../clock/index.ts';
import { ConfigError, type Env, endpointsOf, loadConfig, loadUsable, type Secret } from '../config/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import { createLogger, Redactor } from '../logger/index.ts';
import {
  type Block,
  BlockSource,
  createBatchReader,
  type EndpointAddress,
  FailoverProvider,
  LogReader,
  readHead,
} from '../rpc/index.ts';
import { loadWallet } from '../wallet/index.ts';
import type { Bot, BotContext, Target } from './bot.ts';
import { unreachableChannels } from './channelHosts.ts';
import { discover } from './discovery.ts';
import type { BotSchema } from './openDesk.ts';
import { isAnvil } from './openWallet.ts';
import { withAllProblems } from './refusedSetup.ts';
import { runtimeAlerts } from './runtimeAlerts.ts';

/** One line of the table. */
export interface Finding {
  /** `fail`: the bot would not work. `warn`: it would, and somebody should look. */
  verdict: 'ok' | 'warn' | 'fail';
  what: string;
  detail: string;
}

const endpointMs = 10_000;
/** A head older than this many blocks, and a minute, is an endpoint that lags or a clock that is wrong. */
const staleBlocks = 10;
const staleMs = 60_000;
const clockToleranceMs = 5_000;
const fewestFreeBytes = 200_000_000;

/**
 * Whether a bot's set-up would work, found out with the bot's own parts: configuration, endpoints, wallet, contracts,
 * channels, clock, disk. It sends no transaction and no alert and leaves the bot's state alone, so it may be run
 * beside the bot.
 */
export async function examine<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
): Promise<Finding[]> {
  let loaded: ReturnType<typeof loadConfig<S>>;
  try {
    loaded = loadConfig(bot.config, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const redactor = new Redactor(loadUsable(bot.config, env).secrets);
    const logger = createLogger({ bot: bot.name, level: 'critical', format: 'json', redactor });
    const { problems } = await withAllProblems(error, bot, env, redactor, logger);
    return problems.map(({ variable, problem }) => fail(variable, problem));
  }
  const config = loaded.config as z.output<S> & z.output<BotSchema>;
  const redactor = new Redactor(loaded.secrets, { keepUrls: [config.RUNBOOK_URL, ...explorers] });
  const findings: Finding[] = [
    ok('configuration', `complete; ${loaded.secrets.length} secrets`),
    ...loaded.warnings.map(warning => warn('configuration', warning)),
    await examineState(config.STATE_DIR),
  ];
  const addresses = endpointsOf(config);
  const asked = await Promise.all(addresses.map(address => askEndpoint(address)));
  const chainIds = new Set(asked.flatMap(({ chainId }) => chainId ?? []));
  const chainId = config.CHAIN_ID ?? [...chainIds][0];
  const chain = chainId === undefined ? undefined : chainOf(chainId);
  findings.push(...asked.map(each => judgeEndpoint(each, chain)));
  // A rehearsal: its time is moved at will, and it may tell nobody.
  const isRehearsal = asked.some(({ isDevelopment }) => isDevelopment);
  findings.push(...examineChannels(bot, config, redactor, isRehearsal));
  for (const { channel, reason } of await unreachableChannels(config)) {
    findings.push(fail(`channel ${channel}`, reason));
  }
  if (chain && asked.some(each => each.chainId === chain.id)) {
    findings.push(judgeClock(asked, chain, isRehearsal));
    const provider = new FailoverProvider(
      addresses.filter((_, i) => asked[i]?.chainId === chain.id),
      chain.id,
    );
    try {
      findings.push(await examineWallet(bot, config, chain, provider));
      findings.push(...(await examineTargets(bot, config, chain, provider, redactor)));
    } finally {
      provider.destroy();
    }
  }
  return findings.map(each => ({ ...each, detail: redactor.redact(each.detail) }));
}

/** The findings as a table, the worst not hidden among the good: one line each. */
export function renderFindings(bot: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ verdict, what, detail }) => `${verdict.padEnd(4)}  ${bot}  ${what.padEnd(width)}  ${detail}\n`)
    .join('');
}

interface AskedEndpoint {
  label: string;
  chainId?: number;
  head?: Block;
  askedAtMs: number;
  tookMs: number;
  problem?: string;
  isDevelopment?: boolean;
}

async function askEndpoint(address: EndpointAddress): Promise<AskedEndpoint> {
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

function judgeEndpoint(
  { label, chainId, head, tookMs, problem }: AskedEndpoint,
  chain: Chain | undefined,
): Finding {
  const what = `endpoint ${label}`;
  if (chainId === undefined || head === undefined) return fail(what, problem ?? 'does not answer');
  if (chainId !== chain?.id) return fail(what, `serves chain ${chainId}, not ${chain?.id}`);
  return ok(what, `chain ${chainId} (${chain.name}), block ${head.number}, ${tookMs} ms`);
}

/** The chain's blocks are stamped by others' clocks: a head from the future says that this machine's is slow. */
function judgeClock(asked: readonly AskedEndpoint[], chain: Chain, isRehearsal: boolean): Finding {
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

async function examineState(folder: string): Promise<Finding> {
  const what = 'disk';
  const probe = join(folder, `.check-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const free = `${(freeBytes / 1e9).toFixed(1)} GB free`;
    return freeBytes < fewestFreeBytes
      ? fail(what, `${folder}: only ${free}`)
      : ok(what, `${folder}: ${free}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(what, `STATE_DIR ${folder} cannot be written (${code})`);
  }
}

function examineChannels<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: z.output<BotSchema>,
  redactor: Redactor,
  isRehearsal: boolean,
): Finding[] {
  const channels = openChannels(config, {
    bot: bot.name,
    version: bot.version,
    host: hostname(),
    chain: () => 'unknown',
    redact: text => redactor.redact(text),
  });
  const configured = channels.map(({ name }) => name);
  const findings = [
    configured.length === 0
      ? (isRehearsal ? warn : fail)(
          'alert channels',
          'none is configured: alerts are in the log only, nobody is told',
        )
      : ok('alert channels', `${configured.join(', ')} (make alert-drill sends a test alert)`),
  ];
  if (!config.OWNERS_FILE)
    return [...findings, warn('owners', 'OWNERS_FILE is not set: no alert has an owner')];
  try {
    const table = { ...runtimeAlerts, ...bot.alerts };
    readOwnership({ file: config.OWNERS_FILE, bot: bot.name, table, configured });
    return [...findings, ok('owners', config.OWNERS_FILE)];
  } catch (error) {
    return [...findings, fail('owners', reasonOf(error))];
  }
}

async function examineWallet<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: z.output<S>,
  chain: Chain,
  provider: FailoverProvider,
): Promise<Finding> {
  const what = 'wallet';
  if (!bot.wallet || !(bot.wallet.wanted?.(config) ?? true)) return ok(what, 'needs none');
  const own = config as {
    KEYSTORE_FILE?: string;
    KEYSTORE_PASSWORD?: Secret;
    DRY_RUN?: boolean;
    LOW_BALANCE?: bigint;
  };
  const { KEYSTORE_FILE: path, KEYSTORE_PASSWORD: password, LOW_BALANCE: lowWei = chain.lowBalanceWei } = own;
  try {
    const keystore = path && password ? { path, password } : undefined;
    const wallet = await loadWallet({ privateKey: bot.wallet.key(config), keystore });
    if (!wallet) {
      if (own.DRY_RUN) return ok(what, 'no key: a dry run needs none');
      if (chain.local) return ok(what, 'no key: a throwaway wallet is made on a development chain');
      return fail(what, `${bot.wallet.keyVariable} is not set`);
    }
    const balanceWei = await provider.getBalance(wallet.address);
    const text = `${wallet.address} holds ${formatEther(balanceWei)} ${chain.currency}`;
    if (balanceWei === 0n) return fail(what, text);
    return balanceWei < lowWei ? warn(what, `${text}, less than ${formatEther(lowWei)}`) : ok(what, text);
  } catch (error) {
    const problem = error instanceof ConfigError ? error.problems[0] : undefined;
    return fail(what, problem ? `${problem.variable}: ${problem.problem}` : reasonOf(error));
  }
}

/** What the bot would look after, found by the bot itself. */
async function examineTargets<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: z.output<S> & z.output<BotSchema>,
  chain: Chain,
  provider: FailoverProvider,
  redactor: Redactor,
): Promise<Finding[]> {
  const what = 'contracts';
  const clock = systemClock;
  const stop = new AbortController();
  try {
    const ctx: BotContext<z.output<S>> = {
      config,
      chain,
      provider,
      reader: await createBatchReader(provider),
      logs: new LogReader(provider),
      blocks: new BlockSource(provider, { pollMs: chain.blockTimeMs, mostBlocks: 1, clock }),
      sender: undefined,
      logger: createLogger({ bot: bot.name, level: 'critical', format: 'json', redactor }),
      clock,
      stop: stop.signal,
      observe: () => undefined,
      tell: () => undefined,
      store: (_name, _schema, empty) => ({ read: async () => empty(), write: async () => undefined }),
    };
    const withinMs = config.ROUND_TIMEOUT_SECONDS * 1000;
    const { targets, observations } = await discover(bot, ctx, [], withinMs);
    const names = targets.map(({ name }) => name);
    const problems = observations.flatMap(each =>
      each.failing ? [warn(what, `${each.check}: ${each.message}`)] : [],
    );
    if (targets.length === 0) return [fail(what, 'nothing to look after was found'), ...problems];
    return [ok(what, `${targets.length} found: ${names.join(', ')}`), ...problems];
  } catch (error) {
    return [fail(what, reasonOf(error))];
  } finally {
    stop.abort();
  }
}

function ok(what: string, detail: string): Finding {
  return { verdict: 'ok', what, detail };
}
function warn(what: string, detail: string): Finding {
  return { verdict: 'warn', what, detail };
}
function fail(what: string, detail: string): Finding {
  return { verdict: 'fail', what, detail };
}

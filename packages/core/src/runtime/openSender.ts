import type { z } from 'zod';
import type { Alerter } from '../alerts/index.ts';
import { withDeadline } from '../clock/index.ts';
import { ConfigError, type NameOf } from '../config/index.ts';
import { BotError } from '../errors/index.ts';
import type { Lease } from '../lease/index.ts';
import type { Redactor } from '../logger/index.ts';
import { FailoverProvider } from '../rpc/index.ts';
import { journalSchema, PolicySigner, type PolicyViolation, Sender } from '../wallet/index.ts';
import type { Bot, BotContext, BotSchema, Target, WalletUse } from './bot.ts';
import { type RetryServices, retryUntilStopped } from './process/retryUntilStopped.ts';
import type { BlockHints } from './rounds/BlockHints.ts';
import { foreignUseObservation, stateObservations } from './rounds/observations.ts';
import { keySourceOf, openWallet, type SendingConfig, sendingProblems } from './setup/walletSetup.ts';

interface SenderUse<S extends BotSchema, T extends Target> {
  bot: Bot<S, T>;
  use: WalletUse<z.output<S>, T>;
  services: RetryServices & {
    config: z.output<S>;
    nameOf: NameOf;
    redactor: Redactor;
    alerter: Alerter;
    lease: Lease;
    /** Aborts when another copy is at work. */
    lost: AbortSignal;
  };
  ctx: BotContext<z.output<S>>;
  /** Wake the sender when there may be a new block. */
  hints: BlockHints;
  targets(): readonly T[];
}

/**
 * Opens the sender of a bot with a wallet. It sends only to the bot's targets, and only the functions that
 * the bot names.
 * @returns undefined when the bot was stopped
 * @throws ConfigError when there is no key, or not enough time to confirm a transaction
 */
export async function openSender<S extends BotSchema, T extends Target>({
  bot,
  use,
  services,
  ctx,
  hints,
  targets,
}: SenderUse<S, T>): Promise<Sender | undefined> {
  const { chain, provider, clock, logger } = ctx;
  const { nameOf, redactor, alerter, lease, lost } = services;
  const config = services.config as z.output<S> & SendingConfig;
  const { DRY_RUN: dryRun } = config;
  const source = keySourceOf(use, config);
  const wallet = await retryUntilStopped(services, {
    what: 'the wallet could not be opened',
    check: 'rpc-unreachable',
    attempt: () =>
      openWallet({ source, keyVariable: use.keyVariable, nameOf, chain, dryRun, provider, logger }),
  });
  if (!wallet) return undefined;
  redactor.add(wallet.privateKey);
  const problems = sendingProblems(config, chain);
  if (problems.length > 0) throw new ConfigError(problems);
  const contracts = () => use.contracts?.(targets()) ?? targets().map(({ address }) => address);
  const sendTo = use.sendTo?.(ctx.config);
  const relay =
    sendTo &&
    (await retryUntilStopped(services, {
      what: 'no endpoint to send to answers',
      check: 'rpc-unreachable',
      attempt: () => FailoverProvider.connect(sendTo, chain.id, { options: {}, variable: 'SEND_RPC_URL' }),
    }));
  if (sendTo && !relay) return undefined;
  const policy = {
    chainId: chain.id,
    functions: use.functions,
    contracts,
    ...(use.refuses
      ? {
          refuses: (call: { to: string; data: string }) =>
            use.refuses?.(call, { wallet: wallet.address, targets: targets(), config: ctx.config }),
        }
      : {}),
    maxGas: config.MAX_GAS,
    maxGasName: nameOf('MAX_GAS'),
  };
  const sender = new Sender({
    provider,
    relay,
    fence: sendFence(lease, lost),
    headStart: async signal => {
      if (lease.holds()) return false;
      // Another copy may have it. Its transaction is mined within this time.
      await clock.sleep(2 * chain.blockTimeMs + 2_000, signal);
      return true;
    },
    signer: new PolicySigner(wallet, policy),
    chain,
    // Each wallet has its own file, so that its pending transactions are not forgotten while another wallet
    // is used.
    journal: ctx.store(`transactions-${wallet.address.toLowerCase()}`, journalSchema, () => ({
      from: wallet.address,
      entries: [],
    })),
    clock,
    pause: (ms, signal) => hints.sleep({ ms, signal }),
    logger,
    // These two variables are given in gwei and parsed into wei.
    caps: {
      maxFeeWei: config.MAX_FEE_GWEI,
      maxTipWei: config.MAX_PRIORITY_FEE_GWEI,
      maxFeeName: nameOf('MAX_FEE_GWEI'),
    },
    gasLimits: {
      ...(config.GAS_PER_HOUR === undefined ? {} : { perHour: config.GAS_PER_HOUR }),
      ...(config.GAS_PER_DAY === undefined ? {} : { perDay: config.GAS_PER_DAY }),
      ...(use.reservedGasPercent === undefined ? {} : { reservedPercent: use.reservedGasPercent }),
    },
    confirmations: config.CONFIRMATIONS,
    replaceAfterBlocks: config.REPLACE_AFTER_BLOCKS,
    dryRun,
    waitMs: config.ROUND_TIMEOUT_SECONDS * 750,
    // The alert is raised at once: the transaction that meets the trouble may be the last for days.
    onJournalTrouble: reason => alerter.observe(stateObservations(lease, reason)),
    onViolation: (violation: PolicyViolation) =>
      alerter.observe([{ check: 'policy-violation', failing: true, message: violation.message }]),
    onForeignUse: use => alerter.observe([foreignUseObservation(use)]),
    onUnclaimed: mined => {
      const target = targets().find(({ address }) => address === mined.to);
      const news = target && bot.newsOf?.(ctx, target, mined);
      news?.then(
        found => found && alerter.tell(found),
        error =>
          logger.error('the news of a mined transaction could not be sent', { hash: mined.hash, error }),
      );
    },
  });
  logger.info('wallet', { address: wallet.address, dryRun });
  return sender;
}

/** A draw must not be lost because a file server hangs. */
const patienceMs = 1_000;

/**
 * Checks right before signed bytes leave whether this copy of the bot may send them. An idempotent call is
 * held back only when another copy is known to be at work. A folder of the lease that fails or does not
 * answer is no sign of another copy, and two copies that send such a call cost one revert.
 * @param lost aborts when another copy is at work
 * @returns a function that rejects when the bytes must not leave
 */
function sendFence(
  lease: Pick<Lease, 'confirm'>,
  lost: AbortSignal,
): (isIdempotent: boolean) => Promise<void> {
  return async isIdempotent => {
    if (!isIdempotent) return lease.confirm();
    const late = () => new BotError('the folder of the lease does not answer');
    await withDeadline(lease.confirm(), patienceMs, late).catch(() => undefined);
    lost.throwIfAborted();
  };
}

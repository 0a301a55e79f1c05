import type { z } from 'zod';
import { ConfigError } from '../config/index.ts';
import { FailoverProvider } from '../rpc/index.ts';
import { journalSchema, PolicySigner, type PolicyViolation, Sender } from '../wallet/index.ts';
import type { Bot, BotContext, Target } from './bot.ts';
import type { BotSchema, Desk } from './openDesk.ts';
import { retryUntilStopped } from './process/retryUntilStopped.ts';
import type { BlockHints } from './rounds/BlockHints.ts';
import { foreignUseObservation } from './rounds/runtimeAlerts.ts';
import { stateObservations } from './rounds/stateObservations.ts';
import { sendFence } from './sendFence.ts';
import { openWallet } from './setup/openWallet.ts';
import { keySourceOf, type SendingConfig, sendingProblems } from './setup/senderSetup.ts';

/**
 * Opens the sender of a bot with a wallet. It sends only to the bot's targets, and only the functions that
 * the bot names.
 * @returns undefined when the bot was stopped
 * @throws ConfigError when there is no key, or not enough time to confirm a transaction
 */
export async function openSender<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  desk: Desk<S>,
  ctx: BotContext<z.output<S>>,
  hints: BlockHints,
  targets: () => readonly T[],
): Promise<Sender | undefined> {
  const use = bot.wallet as NonNullable<typeof bot.wallet>;
  const { chain, provider, clock, logger, stop } = ctx;
  const { config: anyConfig, nameOf, redactor, alerter } = desk;
  const config = anyConfig as Desk<S>['config'] & SendingConfig;
  const { DRY_RUN: dryRun } = config;
  const source = keySourceOf(use, ctx.config);
  const wallet = await retryUntilStopped(
    'the wallet could not be opened',
    desk,
    clock,
    stop,
    'rpc-unreachable',
    () => openWallet(source, use.keyVariable, nameOf, chain, dryRun, provider, logger),
  );
  if (!wallet) return undefined;
  redactor.add(wallet.privateKey);
  const problems = sendingProblems(config, chain);
  if (problems.length > 0) throw new ConfigError(problems);
  const contracts = () => use.contracts?.(targets()) ?? targets().map(({ address }) => address);
  const sendTo = use.sendTo?.(ctx.config);
  const relay =
    sendTo &&
    (await retryUntilStopped('no endpoint to send to answers', desk, clock, stop, 'rpc-unreachable', () =>
      FailoverProvider.connect(sendTo, chain.id, {}, 'SEND_RPC_URL'),
    ));
  if (sendTo && !relay) return undefined;
  const policy = {
    chainId: chain.id,
    functions: use.functions,
    contracts,
    ...(use.refuses
      ? {
          refuses: (call: { to: string; data: string }) =>
            use.refuses?.(call, wallet.address, targets(), ctx.config),
        }
      : {}),
    maxGas: config.MAX_GAS,
    maxGasName: nameOf('MAX_GAS'),
  };
  const sender = new Sender({
    provider,
    relay,
    fence: sendFence(desk.lease, desk.lost),
    signer: new PolicySigner(wallet, policy),
    chain,
    // Each wallet has its own file, so that its pending transactions are not forgotten while another wallet
    // is used.
    journal: ctx.store(`transactions-${wallet.address.toLowerCase()}`, journalSchema, () => ({
      from: wallet.address,
      entries: [],
    })),
    clock,
    pause: (ms, signal) => hints.sleep(ms, ms, signal),
    logger,
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
    onJournalTrouble: reason => alerter.observe(stateObservations(desk.lease, reason)),
    onViolation: (violation: PolicyViolation) =>
      alerter.observe([{ check: 'policy-violation', failing: true, message: violation.message }]),
    onForeignUse: use => alerter.observe([foreignUseObservation(use)]),
    onUnclaimed: mined => {
      const target = targets().find(({ address }) => address === mined.to);
      const news = target && bot.newsOf?.(ctx, target, mined);
      news?.then(
        found => found && alerter.tell(found),
        error => logger.error('what was mined could not be told', { hash: mined.hash, error }),
      );
    },
  });
  logger.info('wallet', { address: wallet.address, dryRun });
  return sender;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { News, Observation } from '@service-bots/core/alerts';
import { chainOf } from '@service-bots/core/chains';
import { type Clock, systemClock } from '@service-bots/core/clock';
import { endpointsOf, loadConfig } from '@service-bots/core/config';
import type { Logger } from '@service-bots/core/logger';
import { BlockSource, createBatchReader, FailoverProvider, LogReader } from '@service-bots/core/rpc';
import type { ActionDone, BotContext, RoundReport } from '@service-bots/core/runtime';
import { memoryStore } from '@service-bots/core/store';
import { type JournalStore, PolicySigner, Sender } from '@service-bots/core/wallet';
import type { ChainHandle } from '@service-bots/devnet';
import { Wallet } from 'ethers';
import { type LpandarbConfig, lpandarbConfig } from '../../src/config.ts';
import { discover } from '../../src/discover.ts';
import { callable, lpandarbFunctions, refusalOf } from '../../src/executing/policy.ts';
import { Memory } from '../../src/Memory.ts';
import type { LpandarbPool } from '../../src/reading/LpandarbPool.ts';
import { round } from '../../src/round.ts';

/** A line of the bot's log. */
export interface Line {
  level: string;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** The rounds after which a bot that still trades is taken for a bot in a loop. */
const mostRounds = 100;
const pausesUntilBlock = 30;

/**
 * The bot's own rounds in this process, on a chain that mines on demand, with a real wallet and its policy. The
 * caller runs each round, so nothing waits for blocks or for the pause between two rounds.
 */
export class BotInProcess {
  readonly stateDir: string;
  readonly lines: Line[] = [];
  /** The actions of all rounds, in order. */
  readonly done: ActionDone[] = [];
  /** The observations of the last round, and those that a round reported at once. */
  observed: Observation[] = [];
  news: News[] = [];
  pools: readonly LpandarbPool[] = [];
  /** Milliseconds by which this process's clocks are ahead, for waits that a test skips. */
  aheadMs = 0;
  readonly #ctx: BotContext<LpandarbConfig>;
  readonly #memory = new Memory();
  readonly #ownsStateDir: boolean;

  readonly #mine: () => Promise<unknown>;
  #pauses = 0;

  private constructor(ctx: BotContext<LpandarbConfig>, ownsStateDir: boolean, mine: () => Promise<unknown>) {
    this.#ctx = ctx;
    this.#mine = mine;
    this.stateDir = ctx.config.STATE_DIR;
    this.#ownsStateDir = ownsStateDir;
  }

  /** @param env the variables of the bot, as its process gets them */
  static async open(chain: ChainHandle, env: Readonly<Record<string, string>>): Promise<BotInProcess> {
    const ownsStateDir = env.STATE_DIR === undefined;
    const stateDir = env.STATE_DIR ?? mkdtempSync(join(tmpdir(), 'lpandarb-'));
    const { config } = loadConfig(lpandarbConfig, { ...env, STATE_DIR: stateDir });
    const provider = await FailoverProvider.connect(endpointsOf(config), chain.chainId);
    let bot: BotInProcess | undefined;
    const clock: Clock = {
      ...systemClock,
      now: () => systemClock.now() + (bot?.aheadMs ?? 0),
      monotonicMs: () => systemClock.monotonicMs() + (bot?.aheadMs ?? 0),
    };
    const logger = loggerTo((level, message, fields = {}) => bot?.lines.push({ level, message, fields }));
    const ctx: BotContext<LpandarbConfig> = {
      config,
      chain: chainOf(chain.chainId),
      provider,
      reader: await createBatchReader(provider),
      logs: new LogReader(provider),
      blocks: new BlockSource(provider, { pollMs: 100, mostBlocks: 10, clock }),
      sender: undefined,
      logger,
      clock,
      stop: new AbortController().signal,
      observe: observations => bot?.observed.push(...observations),
      tell: news => bot?.news.push(news),
      store: (_name, _schema, empty) => memoryStore(empty()),
    };
    bot = new BotInProcess(ctx, ownsStateDir, () => chain.send('evm_mine'));
    const key = config.LPANDARB_BOT_KEY?.reveal();
    if (!config.PAPER && key !== undefined) ctx.sender = await bot.#openSender(new Wallet(key));
    bot.pools = (await discover(ctx, [])).targets;
    await ctx.sender?.start();
    return bot;
  }

  /** Runs one round, as the runtime does. */
  async round(): Promise<RoundReport> {
    this.observed = [];
    const report = await round(this.#ctx, this.pools, this.#memory);
    this.observed.push(...report.observations);
    this.news.push(...(report.news ?? []));
    for (const { actions } of report.targets) this.done.push(...actions);
    return report;
  }

  /**
   * Runs rounds until two in a row neither act nor plan a step. The second confirms a variable rate that
   * jumped.
   * @throws the error of a pool
   */
  async settle(): Promise<RoundReport> {
    let quiet = 0;
    for (let i = 0; i < mostRounds; i += 1) {
      const report = await this.round();
      const failed = report.targets.find(({ error }) => error !== undefined);
      if (failed) throw failed.error;
      // A step that failed once waits for its retry.
      if (report.targets.some(({ suspended }) => suspended)) this.aheadMs += 600_000;
      const isQuiet = report.targets.every(
        ({ actions, details, suspended }) =>
          !suspended &&
          actions.length === 0 &&
          !plansIn(details).some(text => /; (expected profit|pays at least) /.test(text)),
      );
      quiet = isQuiet ? quiet + 1 : 0;
      if (quiet === 2) return report;
    }
    throw new Error(`the bot still trades after ${mostRounds} rounds`);
  }

  /** Reads the registry and new pools again, as the runtime does from time to time. */
  async discover(): Promise<readonly Observation[]> {
    const { targets, observations } = await discover(this.#ctx, this.pools);
    this.pools = targets;
    return observations;
  }

  /** Returns the kinds of the bot's actions from the given one on: `approve`, `open-long`. */
  kindsSince(first = 0): string[] {
    return this.done.slice(first).map(({ what }) => what.replace('on paper: ', '').split(' ')[0] as string);
  }

  async close(): Promise<void> {
    await this.#ctx.sender?.stop(0);
    this.#ctx.provider.destroy();
    this.#memory.ledger(this.#ctx).close();
    if (this.#ownsStateDir) rmSync(this.stateDir, { recursive: true, force: true });
  }

  /**
   * Waits for the receipt of a transaction. Anvil may answer about its new block before the receipt is there, and
   * the sender looks again at the next block, which no other transaction brings here.
   */
  async #pause(stop: AbortSignal): Promise<void> {
    await systemClock.sleep(5, stop);
    this.#pauses += 1;
    if (this.#pauses % pausesUntilBlock === 0) await this.#mine();
  }

  async #openSender(wallet: Wallet): Promise<Sender> {
    const { config, chain, provider, clock, logger } = this.#ctx;
    const relay = config.SEND_RPC_URL && (await FailoverProvider.connect(config.SEND_RPC_URL, chain.id));
    const journal: JournalStore = memoryStore({ from: wallet.address, entries: [] });
    return new Sender({
      provider,
      relay,
      fence: undefined,
      signer: new PolicySigner(wallet, {
        chainId: chain.id,
        functions: lpandarbFunctions,
        contracts: () => callable(this.pools),
        refuses: call => refusalOf(call, { wallet: wallet.address, pools: this.pools, config }),
        maxGas: config.MAX_GAS,
      }),
      chain,
      journal,
      clock,
      pause: (_ms, stop) => this.#pause(stop),
      logger,
      caps: {},
      confirmations: 1,
      replaceAfterBlocks: 1_000,
      dryRun: false,
      waitMs: 20_000,
      onJournalTrouble: () => undefined,
      onViolation: violation => {
        throw violation;
      },
    });
  }
}

function plansIn(details: Readonly<Record<string, unknown>> | undefined): string[] {
  return (details?.plan as string[] | undefined) ?? [];
}

function loggerTo(write: (level: string, message: string, fields?: Line['fields']) => void): Logger {
  const at = (level: string) => (message: string, fields?: Line['fields']) => write(level, message, fields);
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
    child: () => logger,
  };
  return logger;
}

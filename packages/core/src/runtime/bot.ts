import type { z } from 'zod';
import type { AlertTable, alertVariables, News, Observation } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { ConfigProblem, RpcEndpoint, rpcVariables, runtimeVariables } from '../config/index.ts';
import type { Logger } from '../logger/index.ts';
import type { BatchReader, Block, BlockSource, FailoverProvider, LogReader } from '../rpc/index.ts';
import type { Store } from '../store/index.ts';
import type { Sender, Unclaimed } from '../wallet/index.ts';

type ProcessShape = typeof runtimeVariables & typeof alertVariables;
/** The schema of a process: it must hold the shared variables, beside any of its own. */
export type ProcessSchema = z.ZodObject<ProcessShape>;
/** The schema of a bot on a chain: it must hold the variables of its endpoints as well. */
export type BotSchema = z.ZodObject<typeof rpcVariables & ProcessShape>;

/** The object that a bot looks after, usually a pool. */
export interface Target {
  address: string;
  name: string;
}

/** Everything that is needed to read the chain. */
export interface ChainView<Config> {
  config: Config;
  chain: Chain;
  provider: FailoverProvider;
  /** Reads many contracts at one block in one request. */
  reader: BatchReader;
}

/** Everything that the runtime gives to a bot. */
export interface BotContext<Config> extends ChainView<Config> {
  /**
   * New blocks without gaps, for bots that act on every block: `for (;;) await ctx.blocks.next(ctx.stop)`. No
   * request is sent until a caller waits for a block. With WS_RPC_URL new blocks are noticed sooner.
   */
  blocks: BlockSource;
  /** Reads events over any range of blocks, in pages that the endpoints allow. */
  logs: LogReader;
  /** Absent for bots that never send transactions. */
  sender: Sender | undefined;
  logger: Logger;
  clock: Clock;
  /** Aborts when the process is asked to stop. The bot must then begin nothing new. */
  stop: AbortSignal;
  /**
   * Reports findings at once, for alerts that must be delivered even if the rest of the round hangs or runs
   * out of time. Never throws and never waits.
   */
  observe(observations: readonly Observation[]): void;
  /** Sends news that needs no action by a person. Never throws and never waits. */
  tell(news: News): void;
  /** Opens a small piece of state on disk, under a name that the bot chooses. */
  store<T>(name: string, schema: z.ZodType<T>, empty: () => T): Store<T>;
}

/** An action or a check that will be due. */
export type Due = {
  /** A text for people, e.g. `mint checkpoint 2026-11-21T00:00Z`. */
  what: string;
} & (
  | {
      /** The chain's own time, in seconds since 1970. */
      chainTime: number;
    }
  | {
      /** This machine's time, in ms since 1970. */
      clockTime: number;
    }
  | {
      /** Due once this block is the head. */
      block: number;
    }
);

/** An action that the bot took on the chain. */
export interface ActionDone {
  what: string;
  hash?: string;
  block?: number;
}

/** The result of a round for one target. */
export interface TargetReport {
  address: string;
  actions: readonly ActionDone[];
  next?: Due | undefined;
  /** When to look at the target again at the latest, if that is before `next` and the bot's own interval. */
  lookBy?: Due | undefined;
  /** Why the target could not be looked after in this round. It never stops the other targets. */
  error?: unknown;
  /** Whether a target that failed before was skipped this time, which is neither a failure nor a success. */
  suspended?: boolean;
  /** Further details that `/status` shows about the target. When absent, the earlier details stay. */
  details?: Readonly<Record<string, unknown>>;
}

/** A figure of the bot's own on `/metrics`. A reading that a report leaves out is no longer shown. */
export interface GaugeReading {
  /** A Prometheus metric name: `invariant_headroom_ratio`. */
  name: string;
  help: string;
  /** Every reading of a gauge has the same label names. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The findings and actions of one round. */
export interface RoundReport {
  /** The block at which everything was read. */
  block: Block;
  targets: readonly TargetReport[];
  observations: readonly Observation[];
  news?: readonly News[];
  wallet?: { balanceWei: bigint; actionsLeft: number | undefined } | undefined;
  /** Whether there is more to do right away, so that the bot must not sleep. */
  unfinished?: boolean;
  /** Whether every new block is work, so that a notice of one ends the pause at any time. */
  followsBlocks?: boolean;
  /** Figures for `/metrics`. */
  gauges?: readonly GaugeReading[];
  /** Further details that `/status` shows about the bot. When absent, the earlier details stay. */
  details?: Readonly<Record<string, unknown>>;
}

/** The targets that a bot found, and its findings about them. */
export interface Discovery<T extends Target> {
  targets: readonly T[];
  observations: readonly Observation[];
}

/** How often a bot looks when no action is due, and how many failures are critical. */
export interface Cadence {
  /** The longest time between two rounds in ms, where no target asks for less. */
  lookEveryMs: number;
  discoverEveryMs: number;
  /** The number of failed rounds in a row that makes a target's alert critical. */
  errorsUntilCritical: number;
  /** Seconds that pass on the chain in one second here; 1 except on sped-up chains. */
  chainSpeed: number;
  /** Time between blocks in ms, where it differs from the chain's own. */
  blockTimeMs?: number | undefined;
}

/** The permissions of a bot's wallet, and where its key comes from. */
export interface WalletUse<Config, T extends Target = Target> {
  /** The name of the variable that holds the private key. */
  keyVariable: string;
  key(config: Config): { reveal(): string } | undefined;
  /** The only functions that the wallet calls, as Solidity signatures. */
  functions: readonly string[];
  /** Returns the contracts that the wallet calls. @default the bot's targets */
  contracts?(targets: readonly T[]): readonly string[];
  /**
   * Returns why a call must not be signed, judged by its arguments; undefined when it may be signed.
   * @param call the contract called, and the call's data
   */
  refuses?(
    call: { to: string; data: string },
    signing: {
      /** The address of the wallet. */
      wallet: string;
      targets: readonly T[];
      config: Config;
    },
  ): string | undefined;
  /**
   * Returns the endpoints that receive signed transactions instead of the nodes that are read from; undefined
   * to send to those nodes.
   */
  sendTo?(config: Config): readonly RpcEndpoint[] | undefined;
  /** The part of the gas budget that only calls with `usesReserve` may use, in percent. @default 0 */
  reservedGasPercent?: bigint;
  /** Returns whether this configuration needs the wallet at all. @default always */
  wanted?(config: Config): boolean;
}

/** The properties that every kind of bot has. */
export interface BotIdentity<S extends z.ZodObject> {
  name: string;
  version: string;
  config: S;
  alerts: AlertTable;
}

/** A bot: what it reads, which alerts it can raise, what it may sign, and what it does in each round. */
export interface Bot<S extends z.ZodObject, T extends Target = Target> extends BotIdentity<S> {
  wallet?: WalletUse<z.output<S>, T>;
  cadence(config: z.output<S>): Cadence;
  /**
   * Returns the problems of a set-up that only the chain shows, for a set-up that the environment alone has
   * already refused. `config` holds the values that could be read. For a set-up that was not refused,
   * `discover` reports them.
   */
  problemsOnChain?(ctx: ChainView<Partial<z.output<S>>>): Promise<readonly ConfigProblem[]>;
  /**
   * Finds the targets to look after. `known` holds the targets that it found before.
   * @throws SetupError when the set-up is wrong: fatal at the start, an alert later
   */
  discover(ctx: BotContext<z.output<S>>, known: readonly T[]): Promise<Discovery<T>>;
  /** Returns the news about a transaction that was mined after its round or its process had ended. */
  newsOf?(ctx: BotContext<z.output<S>>, target: T, mined: Unclaimed): Promise<News | undefined>;
  /**
   * Reads at one block, decides in pure functions and acts last. Throws only when nothing at all could be
   * read.
   */
  round(ctx: BotContext<z.output<S>>, targets: readonly T[]): Promise<RoundReport>;
}

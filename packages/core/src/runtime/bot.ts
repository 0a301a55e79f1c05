import type { z } from 'zod';
import type { AlertTable, News, Observation } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import type { ConfigProblem, RpcEndpoint } from '../config/index.ts';
import type { Logger } from '../logger/index.ts';
import type { BatchReader, Block, BlockSource, FailoverProvider, LogReader } from '../rpc/index.ts';
import type { Store } from '../store/index.ts';
import type { Sender, Unclaimed } from '../wallet/index.ts';

/** What a bot looks after, usually a pool. */
export interface Target {
  address: string;
  name: string;
}

/** What it takes to look at the chain. */
export interface ChainView<Config> {
  config: Config;
  chain: Chain;
  provider: FailoverProvider;
  /** Many contracts at one block in one request. */
  reader: BatchReader;
}

/** Everything a bot gets from the runtime. */
export interface BotContext<Config> extends ChainView<Config> {
  /**
   * New blocks without gaps, for bots that act on every one: `for (;;) await ctx.blocks.next(ctx.stop)`. It asks for
   * nothing until somebody waits for it; with WS_RPC_URL it hears of blocks sooner.
   */
  blocks: BlockSource;
  /** Events over any range of blocks, in pages that the endpoints allow. */
  logs: LogReader;
  /** Absent for bots that never send. */
  sender: Sender | undefined;
  logger: Logger;
  clock: Clock;
  /** Aborts when the process was asked to stop: begin nothing new. */
  stop: AbortSignal;
  /**
   * Tells of findings at once, where people must hear of them whatever becomes of the rest of the round: it may hang, or
   * run out of time. Never throws and never waits.
   */
  observe(observations: readonly Observation[]): void;
  /** Tells people of something that nobody has to act on. Never throws and never waits. */
  tell(news: News): void;
  /** A small piece of state on disk, under a name of the bot's own. */
  store<T>(name: string, schema: z.ZodType<T>, empty: () => T): Store<T>;
}

/** Something that will have to be looked at. */
export type Due = {
  /** For people, e.g. `mint checkpoint 2026-11-21T00:00Z`. */
  what: string;
} & (
  | {
      /** The chain's own time, seconds since 1970. */
      chainTime: number;
    }
  | {
      /** This machine's time, milliseconds since 1970. */
      clockTime: number;
    }
  | {
      /** Once this block is the head. */
      block: number;
    }
);

/** Something the bot did on the chain. */
export interface ActionDone {
  what: string;
  hash?: string;
  block?: number;
}

/** What a round did for one target. */
export interface TargetReport {
  address: string;
  actions: readonly ActionDone[];
  next?: Due | undefined;
  /** When to look at it again at the latest, where that is before `next` and the bot's own interval. */
  lookBy?: Due | undefined;
  /** Why the target could not be looked after this time. It never stops the others. */
  error?: unknown;
  /** What failed before was left alone this time: neither a failure nor a success. */
  suspended?: boolean;
  /** What else `/status` shows about it; left out, what it showed before stays. */
  details?: Readonly<Record<string, unknown>>;
}

/** A figure of the bot's own on `/metrics`. What a report leaves out is no longer shown. */
export interface GaugeReading {
  /** As Prometheus wants names: `invariant_headroom_ratio`. */
  name: string;
  help: string;
  /** The same names for every reading of a gauge. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What a round found and did. */
export interface RoundReport {
  /** The block everything was read at. */
  block: Block;
  targets: readonly TargetReport[];
  observations: readonly Observation[];
  news?: readonly News[];
  wallet?: { balanceWei: bigint; actionsLeft: number | undefined } | undefined;
  /** There is more to do right away: do not sleep. */
  unfinished?: boolean;
  /** Figures for `/metrics`. */
  gauges?: readonly GaugeReading[];
  /** What else `/status` shows about the bot; left out, what it showed before stays. */
  details?: Readonly<Record<string, unknown>>;
}

export interface Discovery<T extends Target> {
  targets: readonly T[];
  observations: readonly Observation[];
}

/** How often a bot looks when nothing is due, and what counts as bad. */
export interface Cadence {
  /** Longest time between two rounds, where no target asks for less. */
  lookEveryMs: number;
  discoverEveryMs: number;
  /** Failed rounds in a row on one target that make it critical. */
  errorsUntilCritical: number;
  /** Seconds that pass on the chain in one second here; 1 but on sped-up chains. */
  chainSpeed: number;
  /** Time between blocks, where it differs from the chain's own. */
  blockTimeMs?: number | undefined;
}

/** What the wallet of a bot may do. */
export interface WalletUse<Config, T extends Target = Target> {
  /** Name of the variable that holds its key. */
  keyVariable: string;
  key(config: Config): { reveal(): string } | undefined;
  /** The only functions it calls, as Solidity signatures. */
  functions: readonly string[];
  /** The contracts it calls; its targets unless given. */
  contracts?(targets: readonly T[]): readonly string[];
  /** Returns why a call must not be signed, by its arguments; undefined: it may be. @param from the wallet */
  refuses?(
    call: { to: string; data: string },
    from: string,
    targets: readonly T[],
    config: Config,
  ): string | undefined;
  /** Endpoints that signed transactions go to instead of the nodes that are read from; undefined: to the nodes. */
  sendTo?(config: Config): readonly RpcEndpoint[] | undefined;
  /** The part of the gas budget that only calls with `usesReserve` may use, in percent. @default 0 */
  reservedGasPercent?: bigint;
  /** Whether this configuration needs the wallet at all; without it, always. */
  wanted?(config: Config): boolean;
}

/** What every bot has, whatever it looks at. */
export interface BotIdentity<S extends z.ZodObject> {
  name: string;
  version: string;
  config: S;
  alerts: AlertTable;
}

/** A bot: what it reads, what it can raise, what it may sign, and what it does each round. */
export interface Bot<S extends z.ZodObject, T extends Target = Target> extends BotIdentity<S> {
  wallet?: WalletUse<z.output<S>, T>;
  cadence(config: z.output<S>): Cadence;
  /**
   * What only the chain can tell about a set-up that the environment alone has refused already: `config` holds what
   * could be read of it. What is wrong with one that was not refused, `discover` tells.
   */
  problemsOnChain?(ctx: ChainView<Partial<z.output<S>>>): Promise<readonly ConfigProblem[]>;
  /**
   * Finds what to look after. `known` is what it found before.
   * @throws SetupError when the set-up is wrong: fatal at start, an alert later
   */
  discover(ctx: BotContext<z.output<S>>, known: readonly T[]): Promise<Discovery<T>>;
  /** What people hear of a transaction that was mined when its round, or its process, had ended already. */
  newsOf?(ctx: BotContext<z.output<S>>, target: T, mined: Unclaimed): Promise<News | undefined>;
  /** Read at one block, decide in pure functions, act last. Throws only when nothing at all could be read. */
  round(ctx: BotContext<z.output<S>>, targets: readonly T[]): Promise<RoundReport>;
}

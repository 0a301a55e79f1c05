import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SetupError } from '@service-bots/core/errors';
import { fileStore, type Store } from '@service-bots/core/store';
import { z } from 'zod';
import { emptyFile, historyFile } from '../pools/HistoryKeeper.ts';
import { emptyTally, tallySchema } from './Tally.ts';

const requestSchema = z.object({
  chainId: z.number(),
  from: z.number(),
  to: z.number(),
  /** In lower case, sorted. */
  pools: z.array(z.string()),
});
export type ReplayRequest = z.output<typeof requestSchema>;

const stateSchema = z.object({
  version: z.literal(1),
  request: requestSchema,
  /** The first block that is not checked yet. */
  next: z.number(),
  tally: tallySchema,
  /** The lines of the alerts' file: the open alerts. */
  alerts: z.string(),
  history: historyFile,
});
export type ReplayState = z.output<typeof stateSchema>;

/**
 * Stores the progress of a replay, in one file that is replaced whole: a crash leaves the old or the new
 * file.
 */
export class StateFile {
  readonly #path: string;
  readonly #store: Store<ReplayState | undefined>;

  /** @param path the alerts' file is beside it while the replay runs */
  constructor(path: string) {
    this.#path = path;
    this.#store = fileStore<ReplayState | undefined>({
      path,
      schema: stateSchema.optional(),
      empty: () => undefined,
      onUnreadable: () => undefined,
    });
  }

  get alertFiles(): string {
    return `${this.#path}.alerts`;
  }

  /**
   * Returns the state that an earlier run of the same replay left, or a new one; restores the alerts' file of
   * that time.
   * @throws SetupError when the file is of another replay
   */
  async begin(request: ReplayRequest): Promise<ReplayState> {
    const found = await this.#store.read();
    if (found && JSON.stringify(found.request) !== JSON.stringify(request)) {
      const { from, to, pools } = found.request;
      throw new SetupError(
        `${this.#path} is the state of another replay (blocks ${from} to ${to}, ${pools.length} pools): give --state another name, or delete it`,
      );
    }
    const state: ReplayState = found ?? {
      version: 1,
      request,
      next: request.from,
      tally: emptyTally(),
      alerts: '',
      history: emptyFile(),
    };
    rmSync(this.#alertLines, { force: true });
    if (state.alerts !== '') writeFileSync(this.#alertLines, state.alerts, { mode: 0o600 });
    return state;
  }

  async save(state: Omit<ReplayState, 'alerts'>): Promise<void> {
    const alerts = existsSync(this.#alertLines) ? readFileSync(this.#alertLines, 'utf8') : '';
    await this.#store.write({ ...state, alerts });
  }

  /** @param isDone whether no work is left */
  end(isDone: boolean): void {
    rmSync(this.#alertLines, { force: true });
    if (isDone) rmSync(this.#path, { force: true });
  }

  get #alertLines(): string {
    return `${this.alertFiles}.jsonl`;
  }
}

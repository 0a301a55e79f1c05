import {
  type DevnetPrizePool,
  deployPrizePools,
  moveClocks,
  roles,
  startTelegram,
  type TelegramSink,
} from '@service-bots/devnet';
import type { Stage } from '../stage.ts';
import { type Person, people } from './people.ts';
import { tellsOf } from './telegramNews.ts';

export const hourSeconds = 3_600;
export const weekSeconds = 7 * 86_400;

/** A prize vault, and the weekly anchor of its rounds. */
export interface Vault {
  readonly name: 'Wednesday' | 'Sunday';
  /** As POOL_SCHEDULE_V2 spells it. */
  readonly schedule: string;
  readonly pool: DevnetPrizePool;
  /** The anchor of its first round, seconds since 1970; the others follow a week apart. */
  readonly firstAnchor: number;
}

/** Returns the anchor of a round, seconds since 1970. */
export function anchorOf({ firstAnchor }: Pick<Vault, 'firstAnchor'>, round: number): number {
  return firstAnchor + (round - 1) * weekSeconds;
}

/** The keeper's chain, vaults and Telegram chat. */
export class KeeperScene {
  readonly stage: Stage;
  /** When Wednesday's first round opens. */
  readonly opening: number;
  #vaults: { readonly wednesday: Vault; readonly sunday: Vault } | undefined;
  #telegram: TelegramSink | undefined;
  /** The offset of the chain's clock and the keeper's to this machine's. */
  #aheadSeconds = 0;

  constructor(stage: Stage) {
    this.stage = stage;
    this.opening = wednesdayAfter(Date.now() / 1000);
  }

  get anvil() {
    return this.stage.anvil;
  }

  get vaults() {
    if (!this.#vaults) throw new Error('the vaults were not deployed');
    return this.#vaults;
  }

  /** The messages that arrived at Telegram so far. */
  get messages(): TelegramSink['items'] {
    return this.#telegram?.items ?? [];
  }

  /** Two vaults with the schedules of the live ones, half a week apart. */
  async deploy(): Promise<void> {
    const sundayOpening = this.opening + weekSeconds / 2;
    const options = [{ opensAt: this.opening }, { opensAt: sundayOpening }];
    const { pools } = await deployPrizePools(this.anvil, options);
    const [wednesday, sunday] = pools as [DevnetPrizePool, DevnetPrizePool];
    this.#vaults = {
      wednesday: {
        name: 'Wednesday',
        schedule: 'Wed:13',
        pool: wednesday,
        firstAnchor: this.opening + weekSeconds,
      },
      sunday: { name: 'Sunday', schedule: 'Sun:1', pool: sunday, firstAnchor: sundayOpening + weekSeconds },
    };
  }

  /** Moves the clocks of the chain, the running keeper and the watchtower to this second. */
  async moveTo(unixSeconds: number): Promise<void> {
    await moveClocks(this.anvil, this.#keepers, unixSeconds);
    this.#aheadSeconds = await this.anvil.time.aheadSeconds();
  }

  /** Moves the keeper's clock to the chain's after another program moved that. */
  async followChain(): Promise<void> {
    if (!this.stage.isBotRunning) return;
    const ahead = await this.anvil.time.aheadSeconds();
    if (ahead === this.#aheadSeconds) return;
    this.#aheadSeconds = ahead;
    for (const keeper of this.#keepers) await keeper.shiftClock(ahead * 1_000);
  }

  /** @param tickets the number that each buys; the purchases are in this order */
  async sell({ pool }: Vault, tickets: Partial<Record<Person, number>>): Promise<void> {
    for (const [name, count] of Object.entries(tickets)) await pool.buyTickets(people[name as Person], count);
  }

  async startKeeper() {
    this.#telegram ??= await this.#startTelegram();
    const { wednesday, sunday } = this.vaults;
    const both = [wednesday, sunday];
    this.#aheadSeconds = await this.anvil.time.aheadSeconds();
    return this.stage.startBot(
      'keeper',
      {
        PRIVATE_KEY: roles.bot.privateKey,
        POOL_ADDRESSES_V2: both.map(({ pool }) => pool.address).join(','),
        POOL_SCHEDULE_V2: both.map(({ pool, schedule }) => `${pool.address}:${schedule}`).join(','),
        TELEGRAM_BOT_TOKEN: '1001:demo',
        TELEGRAM_CHAT_ID: '2002',
        TELEGRAM_API_URL: this.#telegram.url,
        // A timer that is already set does not see that the demo moves the clocks by days: the keeper has to
        // look to notice it.
        KEEPER_INTERVAL_MS: '250',
        // On a busy machine blocks are late.
        REPLACE_AFTER_BLOCKS: '25',
      },
      { clockShiftMs: this.#aheadSeconds * 1_000 },
    );
  }

  /** Waits until the round is settled, skipped or lost. @returns which of these */
  async untilOver({ pool, name }: Vault, round: number): Promise<string> {
    let state = '';
    await this.stage.until(`the end of ${name}’s round ${round}`, async () => {
      ({ state } = await pool.roundInfo(round));
      return state !== 'Open' && state !== 'Committed';
    });
    return state;
  }

  /** Waits until Telegram has received the keeper's last action in a vault. */
  async untilTold({ pool }: Vault): Promise<void> {
    const actions = ['RoundCommitted', 'RoundSkipped', 'RoundSettled', 'RoundFailed'];
    const last = (await pool.events()).findLast(({ name }) => actions.includes(name));
    await this.stage.until('Telegram', async () =>
      this.messages.some(({ text }) => tellsOf(text, last?.block ?? 0)),
    );
  }

  get #keepers() {
    const watchtower = this.stage.page.process;
    return [...(this.stage.isBotRunning ? [this.stage.bot] : []), ...(watchtower ? [watchtower] : [])];
  }

  async #startTelegram(): Promise<TelegramSink> {
    const telegram = await startTelegram();
    this.stage.putAway(() => telegram.close());
    return telegram;
  }
}

/** Returns the first Wednesday 13:00 UTC at or after `time`: the chain's clock only moves forward. */
function wednesdayAfter(time: number): number {
  // 1970-01-07 was a Wednesday.
  const first = 6 * 86_400 + 13 * hourSeconds;
  return first + Math.ceil((time - first) / weekSeconds) * weekSeconds;
}

import { faults, roles } from '@service-bots/devnet';
import type { RealBots } from './realBots.ts';

/** A fault of real processes, and its end. */
export interface Trouble {
  readonly what: string;
  /** The alert that shows the fault on the page; the next field is its subject. */
  readonly check: string;
  readonly subject?: string;
  /**
   * The longest time until the alert is on the page, in ms, when bots are polled every second; the next field
   * is the reason.
   */
  readonly mostMs: number;
  readonly because: string;
  begin(bots: RealBots): Promise<unknown> | unknown;
  end(bots: RealBots): Promise<unknown> | unknown;
}

const setBalance = ({ anvil }: RealBots, wei: bigint) =>
  anvil.send('anvil_setBalance', [roles.bot.address, `0x${wei.toString(16)}`]);

/** Faults that begin and end while the same processes run, each with an alert within two looks. */
export const troubles: readonly Trouble[] = [
  {
    what: 'a process that is killed',
    mostMs: 2_200,
    because: 'two looks',
    check: 'bot-unreachable',
    subject: 'invariant',
    begin: bots => bots.get('invariant').stop('SIGKILL'),
    end: bots => bots.start('invariant'),
  },
  {
    what: 'a process that is frozen',
    mostMs: 3_200,
    because: 'two looks, which wait a second for the answer',
    check: 'bot-unreachable',
    subject: 'checkpoint',
    begin: bots => bots.get('checkpoint').kill('SIGSTOP'),
    end: bots => bots.get('checkpoint').kill('SIGCONT'),
  },
  {
    what: 'a clock that is a minute ahead',
    mostMs: 2_200,
    because: 'two looks',
    check: 'bot-clock',
    subject: 'checkpoint',
    begin: bots => bots.get('checkpoint').shiftClock(60_000),
    end: bots => bots.get('checkpoint').shiftClock(0),
  },
  {
    what: 'a wallet that is empty',
    mostMs: 3_200,
    because: 'a reading of the chain, and two looks',
    check: 'wallet-runway',
    subject: 'checkpoint',
    begin: bots => setBalance(bots, 0n),
    end: bots => setBalance(bots, 10n ** 20n),
  },
  {
    what: 'an invariant bot that is 100 blocks behind',
    mostMs: 6_000,
    because: 'a round of the bot, and two looks',
    check: 'checks-behind',
    subject: 'invariant',
    async begin({ proxies, anvil }) {
      await proxies.invariant.setFault(faults.slow(100));
      await anvil.time.mine(400);
    },
    end: ({ proxies }) => proxies.invariant.clearFault(),
  },
  {
    // The bot raises this alert itself, and the watchtower shows it.
    what: 'an endpoint that is dead',
    mostMs: 12_500,
    because: 'the bot itself raises it after 10 s, and a look',
    check: 'rpc-unreachable',
    begin: ({ proxies }) => proxies.checkpoint.setFault(faults.refuse),
    end: ({ proxies }) => proxies.checkpoint.clearFault(),
  },
];

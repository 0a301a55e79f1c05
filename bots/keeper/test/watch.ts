import { type BotProcess, type DevnetPrizePool, type OpenAlert, until } from '@service-bots/devnet';

/** The fields of `/status` that the tests use. */
export interface KeeperStatus {
  openAlerts: OpenAlert[];
  pools: { address: string; next?: { what: string; at: string }; lastAction?: { what: string } }[];
  rounds: { completed: number };
  inFlight: unknown[];
  wallet: { address: string; balanceWei: string; actionsLeft: number };
}

export const statusOf = (keeper: BotProcess) => keeper.status<KeeperStatus>();

/**
 * Returns the levels of the lines that report an alert: opened, escalated and resolved; reminders are not
 * counted.
 */
export const alertLines = (keeper: BotProcess, check: string) =>
  keeper.lines
    .filter(line => line.check === check && /^alert (?!lasting)/.test(line.message))
    .map(({ level }) => level);

export const watching = (keeper: BotProcess) =>
  keeper.waitForLine(({ message }) => message === 'round completed');

/** Waits until it has looked at the pools so many more times. */
export async function looks(keeper: BotProcess, count: number): Promise<void> {
  const { completed } = (await statusOf(keeper)).rounds;
  await until(
    `${count} more rounds`,
    async () => (await statusOf(keeper)).rounds.completed >= completed + count,
  );
}

/** Waits until the round is over; @returns its final state. */
export const over = (pool: DevnetPrizePool, round: number, timeoutMs?: number) =>
  until(
    `round ${round} is over`,
    async () => {
      const { state } = await pool.roundInfo(round);
      return state !== 'Open' && state !== 'Committed' && state;
    },
    { timeoutMs },
  );

/** The lines that an operator would have to read. */
export const troubles = (keeper: BotProcess) =>
  keeper.lines.filter(({ level }) => level === 'warning' || level === 'error' || level === 'critical');

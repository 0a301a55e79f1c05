import { withDeadline } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { GasBudget } from './gasBudget.ts';
import type { JournalWriter } from './JournalWriter.ts';
import { fromJournal, gasUsedIn, type InFlight, type JournalStore } from './journal.ts';

const patienceMs = 5_000;

interface LeftoversOptions {
  /** The address of the wallet. */
  from: string;
  journal: JournalStore;
  logger: Logger;
  writer: JournalWriter;
  gasBudget: GasBudget;
}

/**
 * Reads the pending transactions of an earlier process, the lowest nonce first, and the gas that it used. A
 * journal that cannot be read, or does not answer, is not overwritten.
 */
export async function readLeftovers(options: LeftoversOptions): Promise<InFlight[]> {
  const { from, journal, logger, writer, gasBudget } = options;
  try {
    const silent = () => new BotError('the file system does not answer');
    const found = await withDeadline(journal.read(), patienceMs, silent);
    gasBudget.load(gasUsedIn(found, from));
    return fromJournal(found, from).sort((a, b) => a.nonce - b.nonce);
  } catch (error) {
    logger.error('the journal of transactions cannot be read', { error });
    writer.keepUnread(reasonOf(error));
    await writer.write().catch(() => undefined);
    return [];
  }
}

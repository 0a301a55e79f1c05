import { AllEndpointsFailed } from '@service-bots/core/rpc';

/** The most times that a busy machine may keep the chain from an answer in time, within one hour of the month. */
const mostTries = 50;

/** Repeats reading and trading after an answer that came too late, as the bot's process does in its next round. */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AllEndpointsFailed) || tries === mostTries) throw error;
    }
  }
}

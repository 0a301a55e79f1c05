import { ConfigError } from '../config/index.ts';

/** Returns the value of `work`, or the ConfigError that it throws. */
export async function unlessRefused<T>(
  work: () => Promise<T>,
): Promise<{ value?: T; refused?: ConfigError | undefined }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { refused: error };
  }
}

import type { z } from 'zod';
import type { alertVariables } from './alertVariables.ts';
import type { Channel } from './channel.ts';
import type { Speaker } from './channels/channelKind.ts';
import { channelKinds } from './channels/index.ts';

export type AlertConfig = z.output<z.ZodObject<typeof alertVariables>>;

/** Opens every channel whose variables are set. */
export function openChannels(config: AlertConfig, speaker: Omit<Speaker, 'environment'>): Channel[] {
  const { ENVIRONMENT_NAME: environment } = config;
  return channelKinds.flatMap(kind => kind.open(config, { ...speaker, environment }) ?? []);
}

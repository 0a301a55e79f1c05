import type { z } from 'zod';
import { httpUrl, seconds, text, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import type { Speaker } from './channelKind.ts';
import { channelKinds, channelVariables } from './index.ts';

/** The variables of alert routing and alert links. */
export const alertVariables = {
  ...channelVariables,
  OWNERS_FILE: variable(text().optional(), {
    description: 'File that says who owns which alert and which channels get it (see owners.example.yaml)',
    example: '/etc/service-bots/owners.yaml',
    defaultText: '`on-call` owns every alert, and all channels get it',
  }),
  RUNBOOK_URL: variable(
    httpUrl().prefault('https://github.com/delvtech/service-bots/blob/main/docs/runbooks'),
    {
      description: 'Base URL of the runbook pages that alerts link to',
      example: 'https://wiki.example.com/runbooks',
      isLink: true,
    },
  ),
  ENVIRONMENT_NAME: variable(text().optional(), {
    description: 'Name of this deployment in alerts and in /status',
    example: 'mainnet-fork',
  }),
  ALERT_RESOLVE_AFTER_SECONDS: variable(seconds({ max: 86_400 }).prefault('300'), {
    description:
      'Seconds for which a condition has to be gone, in two rounds at least, before it counts as over',
    example: '600',
  }),
};

/** The variables of alerting, as they are parsed. */
export type AlertConfig = z.output<z.ZodObject<typeof alertVariables>>;

/** Opens every channel whose variables are set. */
export function openChannels(config: AlertConfig, speaker: Omit<Speaker, 'environment'>): Channel[] {
  const { ENVIRONMENT_NAME: environment } = config;
  return channelKinds.flatMap(kind => kind.open(config, { ...speaker, environment }) ?? []);
}

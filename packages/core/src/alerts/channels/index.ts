import type { ChannelKind } from './channelKind.ts';
import { discordKind } from './discord.ts';
import { emailKind } from './email.ts';
import { pagerDutyKind } from './pagerDuty.ts';
import { rollbarKind } from './rollbar.ts';
import { slackKind } from './slack.ts';
import { telegramKind } from './telegram.ts';
import { webhookKind } from './webhook.ts';

const table = [rollbarKind, pagerDutyKind, telegramKind, slackKind, discordKind, emailKind, webhookKind];

type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The variables of every channel. */
export const channelVariables = Object.assign({}, ...table.map(({ variables }) => variables)) as Together<
  (typeof table)[number]['variables']
>;

/** Every channel there is. Each row finds its own variables in the configuration of a bot. */
export const channelKinds = table as unknown as readonly ChannelKind<typeof channelVariables>[];

/** The names of every channel there is. */
export const channelNames = channelKinds.map(({ name }) => name);

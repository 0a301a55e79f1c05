import { telegramVariables } from './channelVariables.ts';
import { httpUrl } from './endpoints.ts';
import { variable } from './variable.ts';
import { secretText, text } from './words.ts';

/** Where alerts go and what they link to. */
export const alertVariables = {
  ROLLBAR_API_KEY: variable(secretText().optional(), {
    description: 'Access token (post_server_item) of the Rollbar project; without it nothing goes to Rollbar',
    example: 'your-rollbar-access-token',
    secret: true,
  }),
  ROLLBAR_ENDPOINT: variable(httpUrl().optional(), {
    description: 'Whole URL, path included, that items are posted to instead of Rollbar',
    example: 'http://127.0.0.1:9300/api/1/item/',
    defaultText: "Rollbar's own",
  }),
  ...telegramVariables,
  RUNBOOK_URL: variable(
    httpUrl().prefault('https://github.com/delvtech/service-bots/blob/main/docs/runbooks'),
    {
      description: 'Base URL of the runbook pages that alerts link to',
      example: 'https://wiki.example.com/runbooks',
    },
  ),
  ENVIRONMENT_NAME: variable(text().optional(), {
    description: 'Name of this deployment in alerts and in /status',
    example: 'mainnet-fork',
  }),
};

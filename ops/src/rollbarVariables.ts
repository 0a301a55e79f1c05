import { alertVariables } from '@service-bots/core/alerts';
import { choice, flag, httpUrl, secretText, text, variable } from '@service-bots/core/config';
import { z } from 'zod';
import { notifiers } from './rollbarRules.ts';

const { ROLLBAR_API_URL } = alertVariables;

/** The variables of `rollbar setup`. */
export const rollbarSetupConfig = z.object({
  ROLLBAR_WRITE_TOKEN: variable(secretText(), {
    description: 'Access token of the Rollbar project with the scopes read and write',
    example: 'your-rollbar-write-token',
    secret: true,
  }),
  ROLLBAR_API_URL,
  ROLLBAR_PAGE_BY: variable(choice(notifiers).prefault('pagerduty'), {
    description: 'How Rollbar tells people of what is critical: pagerduty, slack, email or webhook',
    example: 'pagerduty',
  }),
  ROLLBAR_NOTIFY_BY: variable(choice(notifiers).prefault('slack'), {
    description: 'How Rollbar tells people of errors: pagerduty, slack, email or webhook',
    example: 'email',
  }),
  ROLLBAR_SLACK_CHANNEL: variable(text().optional(), {
    description: "Slack channel of the rules, where it is not the integration's own",
    example: '#bots',
  }),
  ROLLBAR_ITEMS_URL: variable(httpUrl().optional(), {
    description:
      "Address of the project's items as the browser shows it, for links to the items of each check",
    example: 'https://app.rollbar.com/a/your-account/fix/items?prj=12345',
    isLink: true,
  }),
  DRY_RUN: variable(flag().prefault('false'), {
    description: 'Say what would be written and write nothing',
    example: 'true',
  }),
});

/** The variables of `rollbar deploy`. */
export const rollbarDeployConfig = z.object({
  ROLLBAR_API_KEY: variable(secretText(), {
    description: 'Access token (post_server_item) of the Rollbar project',
    example: 'your-rollbar-access-token',
    secret: true,
  }),
  ROLLBAR_API_URL,
  ENVIRONMENT_NAME: variable(text(), {
    description: 'Name of the deployment, as the bots are told it',
    example: 'mainnet-fork',
  }),
  REVISION: variable(text(), { description: 'The commit that was deployed', example: 'a1b2c3d' }),
  DEPLOYED_BY: variable(text().optional(), { description: 'Who deployed it', example: 'ada' }),
});

import { seconds, wholeNumber } from './numbers.ts';
import { secretUrl } from './urls.ts';
import { variable } from './variable.ts';
import { choice, text } from './words.ts';

/** The variables of logging, status, state and timing of a process. */
export const runtimeVariables = {
  LOG_LEVEL: variable(choice(['critical', 'error', 'warning', 'info', 'debug']).prefault('info'), {
    description: 'The least severe lines to write: critical, error, warning, info or debug',
    example: 'debug',
  }),
  LOG_FORMAT: variable(choice(['auto', 'json', 'pretty']).prefault('auto'), {
    description: 'json, pretty, or auto: pretty on a terminal and json elsewhere',
    example: 'json',
  }),
  STATUS_PORT: variable(wholeNumber({ min: 0, max: 65_535 }).optional(), {
    description: 'Port of the status and metrics server; 0 takes any free one',
    example: '8080',
    defaultText: 'no server',
  }),
  STATUS_HOST: variable(text().prefault('127.0.0.1'), {
    description: 'Address the status server listens on',
    example: '0.0.0.0',
  }),
  STATE_DIR: variable(text().prefault('./state'), {
    description: 'Folder for what has to survive a restart',
    example: '/var/lib/service-bots/checkpoint',
  }),
  ROUND_TIMEOUT_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('120'), {
    description: 'Seconds after which a round that is not done counts as failed',
    example: '300',
  }),
  ROUND_STUCK_SECONDS: variable(seconds({ min: 2, max: 864_000 }).optional(), {
    description:
      'Seconds after which a step that never ends, a round above all, ends the process, so that it is started again',
    example: '900',
    defaultText: 'ten times ROUND_TIMEOUT_SECONDS, at most 600, at least twice ROUND_TIMEOUT_SECONDS',
  }),
  HEARTBEAT_URL: variable(secretUrl().optional(), {
    description:
      "URL of a dead man's switch (healthchecks.io or alike) that gets a request for each completed round",
    example: 'https://hc-ping.com/your-uuid-here',
    secret: true,
  }),
};

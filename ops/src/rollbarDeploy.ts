import { RollbarApi } from '@service-bots/core/alerts';
import { type Env, loadConfig } from '@service-bots/core/config';
import { rollbarDeployConfig } from './rollbarVariables.ts';

const callMs = 30_000;

/**
 * Reports to Rollbar that these bots were deployed, each in the environment of its items.
 * @throws ConfigError, or DeliveryFailed when Rollbar refuses
 */
export async function reportDeploy(
  env: Env,
  bots: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const { config } = loadConfig(rollbarDeployConfig, env);
  const { ROLLBAR_API_URL: url, ROLLBAR_API_KEY: token, REVISION: revision } = config;
  const api = new RollbarApi({ url: url.replace(/\/+$/, ''), token });
  for (const bot of bots) {
    const environment = `${bot}-${config.ENVIRONMENT_NAME}`;
    const body = { environment, revision, local_username: config.DEPLOYED_BY, status: 'succeeded' };
    await api.call({ method: 'POST', path: '/deploy', body, signal: AbortSignal.timeout(callMs) });
    print(`${environment}: ${revision}`);
  }
}

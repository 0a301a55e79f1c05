import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { alertVariables } from '../alerts/index.ts';
import { rpcVariables, runtimeVariables, signerVariables, transactionVariables } from './index.ts';
import { editDistance, typoWarnings } from './typoWarnings.ts';
import { declarations, spellingsOf } from './variable.ts';

const declared = declarations(
  z.object({
    ...rpcVariables,
    ...signerVariables('CHECKPOINT_BOT_KEY'),
    ...transactionVariables,
    ...runtimeVariables,
    ...alertVariables,
  }),
);

describe('typoWarnings', () => {
  it.each([
    ['RPC_ULR', 'RPC_URL'],
    ['RPC_URLS', 'RPC_URL'],
    ['rpc_url', 'RPC_URL'],
    ['CHECKPOINT_BOT_KEYFILE', 'CHECKPOINT_BOT_KEY_FILE'],
    ['CHECKPIONT_BOT_KEY', 'CHECKPOINT_BOT_KEY'],
    ['ROLLBAR_APIKEY', 'ROLLBAR_API_KEY'],
    ['DRYRUN', 'DRY_RUN'],
  ])('default: %s is taken for %s', (typo, meant) => {
    expect(typoWarnings([typo], declared)).toEqual([
      `${typo} is not a variable of this bot; did you mean ${meant}?`,
    ]);
  });

  it('behavior: a file for what is not secret is named as such', () => {
    expect(typoWarnings(['CHAIN_ID_FILE'], declared)).toEqual([
      'CHAIN_ID_FILE is not a variable of this bot: only secrets are read from files, not CHAIN_ID',
    ]);
  });

  it('behavior: every right spelling is left alone', () => {
    expect(typoWarnings(declared.flatMap(spellingsOf), declared)).toEqual([]);
  });

  it('behavior: the variables of a real host, container and CI raise no warning', () => {
    const ordinary =
      `PATH HOME HOSTNAME HOST USER LOGNAME SHELL SHLVL TERM PWD OLDPWD LANG LANGUAGE LC_ALL LC_CTYPE TZ
      EDITOR PAGER MAIL DISPLAY COLORTERM LS_COLORS TMPDIR TEMP TMP _ PORT DEBUG NODE_ENV NODE_VERSION YARN_VERSION
      NODE_OPTIONS NODE_PATH NPM_CONFIG_CACHE npm_config_loglevel npm_lifecycle_event npm_package_name INIT_CWD
      XDG_STATE_HOME XDG_RUNTIME_DIR XDG_SESSION_ID XDG_DATA_DIRS STATE_DIRECTORY LOGS_DIRECTORY RUNTIME_DIRECTORY
      INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID NOTIFY_SOCKET DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK SSH_CLIENT
      SSH_CONNECTION SSH_TTY SUDO_USER SUDO_UID HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy no_proxy SSL_CERT_FILE
      SSL_CERT_DIR NODE_EXTRA_CA_CERTS CI GITHUB_ACTIONS GITHUB_SHA GITHUB_REF GITHUB_TOKEN RUNNER_OS RUNNER_TEMP
      KUBERNETES_SERVICE_HOST KUBERNETES_PORT DOCKER_HOST COMPOSE_PROJECT_NAME AWS_REGION GOOGLE_CLOUD_PROJECT
      LOG_DIR STATE DATABASE_URL REDIS_URL ENVIRONMENT LOGLEVEL`.split(/\s+/);
    // Many programs use the name LOGLEVEL, and it is one letter from LOG_LEVEL: a warning is right there.
    expect(typoWarnings(ordinary, declared)).toEqual([
      'LOGLEVEL is not a variable of this bot; did you mean LOG_LEVEL?',
    ]);
  });
});

describe('editDistance', () => {
  it('default', () => {
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('RPC_ULR', 'RPC_URL')).toBe(1);
  });

  it('behavior: symmetric, and 0 only for the same text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (left, right) => {
        expect(editDistance(left, right)).toBe(editDistance(right, left));
        expect(editDistance(left, right) === 0).toBe(left === right);
        expect(editDistance(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });
});

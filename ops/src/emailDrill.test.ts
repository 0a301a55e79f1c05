import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSmtp } from '@service-bots/devnet';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const login = { user: 'bots', password: 'the-password-at-the-mail-server' };

let folder: string;
let certificate: { key: string; cert: string };
const certPath = () => join(folder, 'cert.pem');
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'email-drill-'));
  const keyPath = join(folder, 'key.pem');
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...[
      '-subj',
      '/CN=mail',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      keyPath,
      '-out',
      certPath(),
    ],
  ]);
  certificate = { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(certPath(), 'utf8') };
});
afterAll(() => rmSync(folder, { recursive: true }));

const variables = (url: string) => ({
  EMAIL_TO: 'ann@example.com',
  EMAIL_FROM: 'bots@example.com',
  SMTP_URL: url,
  SMTP_USER: login.user,
  SMTP_PASSWORD: login.password,
  NODE_EXTRA_CA_CERTS: certPath(),
});

it.each([
  ['smtps', true],
  ['smtp', false],
])('%s: a drill logs in over TLS to a server whose certificate is trusted', async (scheme, isSecure) => {
  const server = await startSmtp({ isSecure, login, certificate });
  const { stdout } = await run(process.execPath, [program, 'drill', 'email'], {
    env: variables(`${scheme}://127.0.0.1:${server.port}`),
  });
  expect(stdout).toMatch(/^email: arrived after \d+ ms, and its end too$/m);
  expect(server.mails.map(({ isSecure, user }) => [isSecure, user])).toEqual([
    [true, 'bots'],
    [true, 'bots'],
  ]);
  await server.close();
});

it('a wrong password is named by its variable, and shown nowhere', async () => {
  const server = await startSmtp({ isSecure: true, login, certificate });
  const failed = await run(process.execPath, [program, 'drill', 'email'], {
    env: {
      ...variables(`smtps://127.0.0.1:${server.port}`),
      SMTP_PASSWORD: 'another-password-than-that',
    },
  }).catch(error => error as { code: number; stdout: string; stderr: string });
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stdout).toMatch(/^email: .*SMTP 535 5\.7\.8 .*are SMTP_USER and SMTP_PASSWORD right\?/m);
  expect(failed.stdout + failed.stderr).not.toContain('another-password');
  expect(server.mails).toEqual([]);
  await server.close();
});

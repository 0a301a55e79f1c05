// Prints the page as text: node bots/watchtower/dist/cli/main.js [--watch] [--url http://127.0.0.1:8080]. The
// token of a protected page comes from WATCHTOWER_TOKEN, or from the file that WATCHTOWER_TOKEN_FILE names.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { reasonOf } from '@service-bots/core/errors';
import { httpRequest } from '@service-bots/core/http';
import { overviewSchema } from '../overview/schema.ts';
import { textOf } from './text.ts';

const mostBytes = 20_000_000;
const watchEveryMs = 5_000;
const withinMs = 10_000;
const clearScreen = '\u001b[2J\u001b[H';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: `http://127.0.0.1:${process.env.WATCHTOWER_PORT || '8080'}` },
    watch: { type: 'boolean', default: false },
  },
});
const { WATCHTOWER_TOKEN: given, WATCHTOWER_TOKEN_FILE: file } = process.env;
const token = given || (file ? readFileSync(file, 'utf8').trim() : undefined);

do {
  const text = await look().catch(error => {
    process.exitCode = 1;
    return `${values.url} gives no status: ${reasonOf(error)}\n`;
  });
  process.stdout.write(values.watch ? clearScreen + text : text);
  if (values.watch) await delay(watchEveryMs);
} while (values.watch);

/** Returns the page as text. Exit code 2 tells scripts that an alert is critical. */
async function look(): Promise<string> {
  const reply = await httpRequest(`${values.url}/api/status`, {
    signal: AbortSignal.timeout(withinMs),
    headers: token ? { authorization: `Bearer ${token}` } : {},
    mostBytes,
    onlyOk: true,
  });
  if (!reply.ok)
    throw new Error(
      `HTTP ${reply.status}${reply.status === 401 ? ': set WATCHTOWER_TOKEN or WATCHTOWER_TOKEN_FILE' : ''}`,
    );
  const overview = overviewSchema.parse(JSON.parse(reply.body));
  process.exitCode = overview.verdict.level === 'critical' ? 2 : 0;
  return textOf(overview);
}

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { until } from '../../src/until.ts';
import type { Stage } from './stage.ts';

interface Status {
  details: { mode: string; halted?: { why: string } };
  pools: { lastAction?: { what: string } }[];
}

export function lpandarbOnPaper(stage: Stage): void {
  it('lpandarb joins the others when it is chosen, trades on paper without a key, and is halted by command', async () => {
    const { deployment } = stage;
    const { address } = await (await stage.joinDevnet()).pool('Devnet 182 Day DAI');
    const settings = [
      'PAPER=true',
      `LPANDARB_POOLS=${address}`,
      'CAPITAL_PER_POOL=10000',
      'NATIVE_IN_BASE=1',
      'VARIABLE_RATE=4%',
    ];
    appendFileSync(join(deployment.folder, `.env.${deployment.chain}`), `${settings.join('\n')}\n`);
    expect(await deployment.setUp('--lpandarb')).toMatchObject({ code: 0 });
    await deployment.compose('up', '-d', '--build', '--wait', '--wait-timeout', '240', 'lpandarb');
    const statusOf = async () => (await deployment.statusOf('lpandarb')) as unknown as Status;
    const traded = await until('a fill on paper', async () => {
      const status = await statusOf();
      return status.pools[0]?.lastAction ? status : undefined;
    });
    expect(traded.details.mode).toBe('paper');
    expect(traded.pools[0]?.lastAction?.what).toMatch(/^on paper: [a-z-]+ [\d.,]+ /);

    const command = (...args: string[]) =>
      deployment.compose('exec', '-T', 'lpandarb', 'node', 'dist/cli/main.js', ...args);
    expect(await command('report')).toMatch(/lpandarb-paper-\d+\.sqlite/);
    await command('halt', '--why', 'a test of containers');
    await until('it to be halted', async () => {
      const { details } = await statusOf();
      return details.halted?.why === 'a test of containers';
    });
    const { stdout } = await deployment.make('doctor');
    expect(stdout).toMatch(/ok +lpandarb +endpoint anvil:8545/);
  });
}

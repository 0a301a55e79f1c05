import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@service-bots/core/config';
import { lpandarbConfig } from './config.ts';

const pool = '0xd7e470043241C10970953Bd8374ee6238e77D735';
const other = '0x1111111111111111111111111111111111111111';
const least = {
  RPC_URL: 'http://node:8545',
  PAPER: 'true',
  LPANDARB_POOLS: pool,
  CAPITAL_PER_POOL: '10000',
  NATIVE_IN_BASE: '4000',
};
/** Returns the problems, one line each, or an empty text. */
function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig(lpandarbConfig, { ...least, ...env });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('lpandarbConfig', () => {
  it('needs pools, their capital and the price of gas alone, on paper', () => {
    expect(problemsOf({})).toBe('');
  });

  it.each([
    ['CAPITAL_PER_POOL', `10000,${other}:50`, `names the pool ${other}, which is not in LPANDARB_POOLS`],
    ['MAX_TRADE', `${other}:50`, 'is not in LPANDARB_POOLS'],
    ['VARIABLE_RATE', `checkpoints,${other}:4%`, 'is not in LPANDARB_POOLS'],
    ['CAPITAL_PER_POOL', `1,${pool}:2,${pool}:3`, 'repeats'],
    ['CAPITAL_PER_POOL', '1,2', 'is a second value for all pools'],
    ['CAPITAL_PER_POOL', '1e5', 'is not a decimal number'],
    ['CAPITAL_PER_POOL', '10,000.5', 'is a second value'],
    ['CAPITAL_PER_POOL', '-5', 'is not a decimal number'],
    ['CAPITAL_PER_POOL', '0', 'is 0'],
    ['CAPITAL_PER_POOL', 'NaN', 'is not a decimal number'],
    ['CAPITAL_PER_POOL', `${pool.replace('d7e', 'D7e')}:5`, 'checksum'],
    ['NATIVE_IN_BASE', '0', 'is 0'],
    ['LP_PORTION', '90', 'is not between 0 and 1'],
    ['LP_PORTION', '90%', 'is not a decimal number'],
    ['SLIPPAGE_BPS', '1001', 'is not between'],
    ['MAX_DRAWDOWN', '5 %', 'is not a decimal number'],
    ['VARIABLE_RATE', '4.5', 'is none of checkpoints, vault, and a rate such as 4.5%'],
    ['VARIABLE_RATE', '-1%', 'is not a decimal number'],
    ['LOOK_BACK_HOURS', '0', ''],
    ['HIGH_FIXED_RATE_THRESH', '1', 'the other threshold needs it'],
    ['PAPER', 'yes please', ''],
    ['INVARIANT_STATUS_URL', 'http://user:word@invariant/status', 'user name or password'],
    ['LPANDARB_POOLS', '', ''],
  ])('refuses %s=%s with one clear problem', (variable, value, problem) => {
    const problems = problemsOf({ [variable]: value });
    expect(problems).toContain(problem);
    const lines = problems.split('\n').filter(line => /\b[A-Z]+_[A-Z_]+\b|PAPER/.test(line));
    expect(lines).toHaveLength(1);
  });

  it('does not trade without the invariant bot unless it is told to', () => {
    const live = { PAPER: 'false', LPANDARB_BOT_KEY: `0x${'1'.repeat(64)}` };
    expect(problemsOf(live)).toContain('INVARIANT_STATUS_URL');
    const both = { ...live, INVARIANT_UNWATCHED: 'true', INVARIANT_STATUS_URL: 'http://invariant/status' };
    expect(problemsOf(both)).toContain('leave one out');
    expect(problemsOf({ ...live, INVARIANT_UNWATCHED: 'true' })).toBe('');
  });
});

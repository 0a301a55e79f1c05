import { describe, expect, it } from '@jest/globals';
import type { Finding } from './watch.ts';
import { criticalOf, dai, shown, yearAndWeek } from './yearAndWeek.ts';

// Blocks and contracts without an answer, or with an impossible one, on the real contracts.

const scene = yearAndWeek();

describe('a block in which LP shares have no price', () => {
  /**
   * Mines some blocks in which the vault does not answer. @returns the findings in them and in the next block
   * that has a price
   */
  async function unpriced(meanwhile: () => Promise<void>): Promise<Finding[]> {
    await scene.expectQuiet();
    const vault = await scene.week.vault.getAddress();
    const code = await scene.anvil.send('eth_getCode', [vault, 'latest']);
    await scene.anvil.time.mine();
    await scene.anvil.send('anvil_setCode', [vault, '0x60006000fd']);
    await scene.anvil.time.mine();
    expect(criticalOf(await scene.watch.findings())).toEqual(new Set(['vault-answers']));
    await meanwhile();
    await scene.anvil.time.mine();
    await scene.anvil.send('anvil_setCode', [vault, code]);
    await scene.anvil.time.mine(2);
    return scene.watch.findings();
  }

  it('hides no fall that is spread over it', async () => {
    const { number } = await scene.anvil.time.latest();
    const found = await unpriced(() => scene.drain(scene.week, dai('10000')));
    const falls = found.filter(({ check }) => check === 'lp-share-price');
    // Compared with the last block in which there was a price.
    expect(falls).toEqual([
      expect.objectContaining({
        severity: 'critical',
        pool: 'Week',
        result: expect.objectContaining({ against: number }),
      }),
    ]);
  });

  it('raises nothing more by itself, nor with honest trades before and after it', async () => {
    const { maturity, bonds } = await scene.week.openLong(dai('20000'));
    const found = await unpriced(async () => {
      await scene.anvil.time.increase(3_600);
      await scene.anvil.time.mine();
    });
    await scene.week.closeLong(maturity, bonds / 2n);
    await scene.week.openShort(dai('5000'));
    found.push(...(await scene.watch.findings()));
    expect(shown(found.filter(({ check }) => !['vault-answers'].includes(check)))).toEqual([]);
  });
});

describe('contracts that do not answer', () => {
  const nothingLeft = '0x';
  const reverts = '0x60006000fd';
  /** Returns a word of zeros to every call. */
  const zero = '0x60206000f3';
  /** Uses up all its gas, which leaves none for the other calls of a request. */
  const burns = '0xfe';
  /** Returns two bytes. */
  const short = '0x60026000f3';
  const only = async () =>
    (await scene.watch.findings()).map(({ check, severity, message }) => ({ check, severity, message }));

  it.each([
    ['is gone', nothingLeft, 'its code is gone or broken'],
    ['reverts', reverts, 'the call reverted without a reason'],
  ])('raises a pool whose code %s as one critical finding', async (_, code, text) => {
    await scene.anvil.time.mine();
    await scene.watch.findings();
    await scene.anvil.send('anvil_setCode', [scene.week.address, code]);
    await scene.anvil.time.mine();
    const found = await only();
    expect(found.map(({ check, severity }) => [check, severity])).toEqual([['pool-answers', 'critical']]);
    expect(found[0]?.message).toContain(text);
  });

  it.each([
    ['is gone', nothingLeft, 'does not answer'],
    ['reverts', reverts, 'does not answer'],
    ['says that a share is worth nothing', zero, 'shares are worth nothing'],
    ['uses up its gas', burns, 'does not answer'],
    ['returns two bytes', short, 'does not answer'],
  ])('raises a vault that %s as one critical finding, which names the vault', async (_, code, text) => {
    await scene.week.openLong(dai('1000'));
    await scene.expectQuiet();
    const vault = await scene.week.vault.getAddress();
    await scene.anvil.send('anvil_setCode', [vault, code]);
    await scene.anvil.time.mine();
    const found = await only();
    expect(
      found.filter(({ check }) => check !== 'total-shares').map(({ check, severity }) => [check, severity]),
    ).toEqual([['vault-answers', 'critical']]);
    expect(found[0]?.message).toContain(text);
    expect(found[0]?.message).toContain(
      `vault ${vault}, convertToAssets(uint256), asked by convertToBase(uint256)`,
    );
  });
});

describe('a vault that returns impossible values', () => {
  // The other pool has a separate vault: its checks must work as usual.
  const ofOther = (found: readonly Finding[]) => shown(found.filter(({ pool }) => pool === 'Year'));

  it.each([
    ['the highest word', `0x7f${'f'.repeat(64)}60005260206000f3`],
    ['half of the highest word', `0x7f7${'f'.repeat(63)}60005260206000f3`],
    ['a megabyte', '0x621000006000f3'],
  ])('raises %s, still checks the other pool, and resolves with the cause', async (_, code) => {
    await scene.week.openShort(dai('1000'));
    await scene.expectQuiet();
    const vault = await scene.week.vault.getAddress();
    const whole = await scene.anvil.send('eth_getCode', [vault, 'latest']);
    await scene.anvil.send('anvil_setCode', [vault, code]);
    await scene.anvil.time.mine(2);
    const found = await scene.watch.findings();
    expect(ofOther(found)).toEqual([]);
    expect(found.filter(({ severity }) => severity === 'critical')).not.toEqual([]);
    for (const { message } of found) expect(message.length).toBeLessThan(1_000);
    await scene.anvil.send('anvil_setCode', [vault, whole]);
    await scene.anvil.time.mine(2);
    const { number } = await scene.anvil.time.latest();
    const later = await scene.watch.findings();
    expect(shown(later.filter(({ block, severity }) => block === number && severity !== 'info'))).toEqual([]);
  });
});

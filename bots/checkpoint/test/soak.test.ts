import { expect, it } from '@jest/globals';
import { faultsFound, summary } from '../soak/report.ts';
import { soak } from '../soak/soak.ts';
import { entry } from './scene.ts';

it('fifteen minutes of chain time with two failing endpoints: every checkpoint minted once, nothing left over', async () => {
  const findings = await soak({ entry, minutes: 15, seed: 7, say: () => undefined });
  const found = faultsFound(findings);
  if (found.length > 0) throw new Error(`${found.join('\n')}\n\n${summary(findings)}`);
  // A soak without work for the bot would prove nothing.
  expect(findings.mints.byBot).toBeGreaterThan(3);
  expect(findings.faults.size).toBeGreaterThan(2);
}, 180_000);

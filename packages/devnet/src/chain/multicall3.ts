import type { Anvil } from './anvil.ts';
import { multicall3Runtime } from './multicall3Runtime.ts';

/** The address of Multicall3 on every chain that has it. */
export const multicall3Address = '0xcA11bde05977b3631167028862bE2a173976CA11';

/**
 * Installs Multicall3 at its address on live chains. Anvil starts without it; a fork may have the original.
 */
export async function installMulticall3(anvil: Anvil): Promise<void> {
  if ((await anvil.provider.getCode(multicall3Address)) !== '0x') return;
  await anvil.send('anvil_setCode', [multicall3Address, multicall3Runtime]);
}

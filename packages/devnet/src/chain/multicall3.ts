import type { Anvil } from './anvil.ts';
import { multicall3Runtime } from './multicall3Runtime.ts';

/** Where every chain that has Multicall3 has it. */
export const multicall3Address = '0xcA11bde05977b3631167028862bE2a173976CA11';

/** Puts Multicall3 where live chains have it. Anvil starts without; a fork may have brought the original. */
export async function installMulticall3(anvil: Anvil): Promise<void> {
  if ((await anvil.provider.getCode(multicall3Address)) !== '0x') return;
  await anvil.send('anvil_setCode', [multicall3Address, multicall3Runtime]);
}

/** Where every chain that has Multicall3 has it. */
export const multicall3Address = '0xcA11bde05977b3631167028862bE2a173976CA11';
export const multicall3Runtime = '0x';

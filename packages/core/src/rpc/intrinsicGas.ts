/** The gas that every transaction pays, and the gas of each byte of its data, zero or not (EIP-2028). */
const perTransaction = 21_000;
const perZeroByte = 4;
const perOtherByte = 16;

/**
 * Returns the gas that a transaction pays for its data alone, before any code runs. A chain may charge more
 * for data.
 * @param data hexadecimal, with `0x`
 */
export function intrinsicGas(data: string): number {
  let gas = perTransaction;
  for (let at = 2; at < data.length; at += 2) gas += data.startsWith('00', at) ? perZeroByte : perOtherByte;
  return gas;
}

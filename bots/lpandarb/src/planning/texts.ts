import { formatUnits } from 'ethers';

/** Returns a yearly rate as text for people: `5.020 %`. */
export function percent(rate: bigint | undefined): string {
  if (rate === undefined) return 'unknown';
  return `${(Number(rate) / 1e16).toFixed(3)} %`;
}

/** Returns an amount with at most six decimals: `12,000.5`. */
export function amountText(amount: bigint, decimals: number): string {
  const [whole = '0', fraction = ''] = formatUnits(amount, decimals).split('.');
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const shown = fraction.slice(0, 6).replace(/0+$/, '');
  return shown === '' ? digits : `${digits}.${shown}`;
}

/** Returns a decimal text for people: `-12,000.5` for `-12000.500000123`. Smaller parts than 10⁻⁶ are cut off. */
export function shortText(decimal: string): string {
  const sign = decimal.startsWith('-') ? '-' : '';
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const text = amountText(BigInt(whole + fraction.slice(0, 6).padEnd(6, '0')), 6);
  return text === '0' ? text : `${sign}${text}`;
}

/** Returns a time of the chain to the minute: `2026-11-21T00:00Z`. @param seconds since 1970 */
export function isoMinute(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`;
}

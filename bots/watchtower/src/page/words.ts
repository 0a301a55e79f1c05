const units: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** Returns a duration with at most two units: `3 d 4 h`, `12 min`, `40 s`. */
export function span(ms: number): string {
  let seconds = Math.max(Math.round(Math.abs(ms) / 1000), 0);
  const parts: string[] = [];
  for (const [size, unit] of units) {
    const count = Math.floor(seconds / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    seconds -= count * size;
    if (parts.length === 2 || (parts.length === 1 && size <= 60)) break;
  }
  return parts.join(' ') || '0 s';
}

/**
 * Returns an amount in whole units of a currency. It is cut to `digits` decimals, so it is never more than
 * the real amount.
 */
export function amount(wei: string, digits = 4): string {
  const padded = wei.padStart(19, '0');
  const whole = padded.slice(0, -18);
  const part = padded.slice(-18, -18 + digits).replace(/0+$/, '');
  return part ? `${whole}.${part}` : whole;
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}

/**
 * Returns a short form, `0x1234…abcd`, for places where the full address stands beside it or one link away.
 */
export function shortAddress(address: string): string {
  return address.length > 13 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

import { formatUnits } from 'ethers';

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/**
 * Returns `12 h`, `2 d 1 h`, `30 min`, `40 s`: the largest unit and, except for seconds, the next one. Rounds
 * down.
 */
export function duration(seconds: number): string {
  if (seconds < 0) return `-${duration(-seconds)}`;
  const largest = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[largest] ?? ['s', 1];
  const whole = `${Math.floor(seconds / size)} ${unit}`;
  const smaller = units[largest + 1];
  if (!smaller || smaller[0] === 's') return whole;
  const rest = Math.floor((seconds % size) / smaller[1]);
  return rest === 0 ? whole : `${whole} ${rest} ${smaller[0]}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `29 Nov 12:00`, UTC. */
export function moment(time: number): string {
  const iso = new Date(time * 1000).toISOString();
  return `${iso.slice(8, 10)} ${months[Number(iso.slice(5, 7)) - 1]} ${iso.slice(11, 16)}`;
}

/** Returns whole units with two decimals, rounded down: `6,005.68`; a dash for zero. */
export function amount(value: bigint, decimals: number): string {
  if (value === 0n) return '–';
  const [whole = '0', part = ''] = formatUnits(value, decimals).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${part.padEnd(2, '0').slice(0, 2)}`;
}

/** Returns `0x1a2b…3c4d`, of an address or a hash. */
export function short(hex: string): string {
  return `${hex.slice(0, 6)}…${hex.slice(-4)}`;
}

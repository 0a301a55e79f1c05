/**
 * Returns the middle value, the mean of the two middle ones when their number is even. NaN for an empty list.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1));
}

/** Returns the mean. NaN for an empty list. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns `min / median / max`, each as `show` writes it. */
export function distribution(values: readonly number[], show: (value: number) => string = String): string {
  return [Math.min(...values), median(values), Math.max(...values)].map(show).join(' / ');
}

/** Returns the growth of `y` for each unit of `x`, by least squares. */
export function slope(points: readonly { x: number; y: number }[]): number {
  const middleX = mean(points.map(({ x }) => x));
  const middleY = mean(points.map(({ y }) => y));
  const covariance = mean(points.map(({ x, y }) => (x - middleX) * (y - middleY)));
  return covariance / mean(points.map(({ x }) => (x - middleX) ** 2));
}

/** Returns the part of a list from one fraction of its length to another. */
export function part<T>(values: readonly T[], from: number, to: number): T[] {
  return values.slice(Math.floor(values.length * from), Math.floor(values.length * to));
}

const ellipsis = '…';

/**
 * The text in at most `most` UTF-16 units, which is how the services count, marked where it was cut. Half a surrogate
 * pair, which some services refuse, is in no result.
 */
export function cut(text: string, most: number): string {
  const whole = text.replace(/\p{Surrogate}/gu, '\uFFFD');
  if (whole.length <= most) return whole;
  const kept = whole.slice(0, Math.max(0, most - ellipsis.length));
  return most <= 0 ? '' : `${kept.replace(/[\uD800-\uDBFF]$/, '')}${ellipsis}`;
}

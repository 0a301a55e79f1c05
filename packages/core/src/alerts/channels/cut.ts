const ellipsis = '…';

/**
 * Returns at most `most` UTF-16 units of a text, which is how the services count, with a mark where it was
 * cut. The result never holds half a surrogate pair, which some services refuse.
 */
export function cut(text: string, most: number): string {
  const whole = text.replace(/\p{Surrogate}/gu, '\uFFFD');
  if (whole.length <= most) return whole;
  const kept = whole.slice(0, Math.max(0, most - ellipsis.length));
  return most <= 0 ? '' : `${kept.replace(/[\uD800-\uDBFF]$/, '')}${ellipsis}`;
}

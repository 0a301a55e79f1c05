/** The start of the search for the largest accepted amount, and its precision. */
export interface AcceptedRange {
  /** The smallest amount that counts. */
  least: bigint;
  /** An estimate of the largest amount; the search goes beyond it while amounts are accepted. */
  estimate: bigint;
  /** The result is accepted, and some amount at most this much larger is refused. */
  tolerance: bigint;
}

/**
 * Returns the largest amount with a margin of 0 or more, by regula falsi (Illinois), with bisection where
 * that is slow.
 * @param marginAt falls as the amount grows; undefined where the amount is refused and no margin can be
 * computed
 * @returns undefined when even the smallest amount is refused
 */
export function largestAccepted(
  marginAt: (amount: bigint) => bigint | undefined,
  { least, estimate, tolerance }: AcceptedRange,
): bigint | undefined {
  // 1. Find an accepted and a refused amount.
  let accepted = { amount: least, margin: marginAt(least) };
  if (accepted.margin === undefined || accepted.margin < 0n) return undefined;
  let amount = estimate > least ? estimate : least + 1n;
  let refused = { amount, margin: marginAt(amount) };
  for (let step = amount / 1_000_000n + 1n; isAccepted(refused.margin); step *= 4n) {
    accepted = refused;
    amount += step;
    refused = { amount, margin: marginAt(amount) };
  }

  // 2. Halve the distance at least every third time.
  for (let round = 0; refused.amount - accepted.amount > tolerance; round += 1) {
    const distance = refused.amount - accepted.amount;
    amount = accepted.amount + (round % 3 === 2 ? distance / 2n : secantPart(accepted, refused, distance));
    const margin = marginAt(amount);
    // The margin of the end that stays is halved; otherwise the same end would stay for ever.
    if (isAccepted(margin)) {
      accepted = { amount, margin };
      if (refused.margin !== undefined) refused = { ...refused, margin: refused.margin / 2n };
    } else {
      refused = { amount, margin };
      accepted = { ...accepted, margin: (accepted.margin ?? 0n) / 2n };
    }
  }
  return accepted.amount;
}

function isAccepted(margin: bigint | undefined): boolean {
  return margin !== undefined && margin >= 0n;
}

/**
 * Returns the distance from the accepted amount at which a straight line through both margins is 0; strictly
 * between both amounts.
 */
function secantPart(
  accepted: { margin: bigint | undefined },
  refused: { margin: bigint | undefined },
  distance: bigint,
): bigint {
  if (refused.margin === undefined || accepted.margin === undefined) return distance / 2n;
  const span = accepted.margin - refused.margin;
  const part = span === 0n ? distance / 2n : (distance * accepted.margin) / span;
  if (part < 1n) return 1n;
  return part >= distance ? distance - 1n : part;
}

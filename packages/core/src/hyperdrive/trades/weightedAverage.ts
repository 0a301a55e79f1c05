import { divDown, larger, minus, mulDown, mulUp, smaller } from '../fixedPoint.ts';

/** Returns an average after a value of some weight was added, rounded down but not below both. */
export function averageWith({
  average,
  weight,
  added,
  addedWeight,
}: {
  average: bigint;
  weight: bigint;
  added: bigint;
  addedWeight: bigint;
}): bigint {
  if (addedWeight === 0n) return average;
  const sum = mulDown(weight, average) + mulDown(addedWeight, added);
  const result = divDown(sum, weight + addedWeight);
  return larger(result, smaller(added, average));
}

/** Returns an average after a value of some weight was taken out, rounded down; 0 when nothing is left. */
export function averageWithout({
  average,
  weight,
  taken,
  takenWeight,
}: {
  average: bigint;
  weight: bigint;
  taken: bigint;
  takenWeight: bigint;
}): bigint {
  if (takenWeight === 0n) return average;
  if (weight === takenWeight) return 0n;
  return divDown(minus(mulDown(weight, average), mulUp(takenWeight, taken)), minus(weight, takenWeight));
}

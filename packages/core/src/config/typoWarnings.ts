import { type Declaration, spellingsOf } from './variable.ts';

/** Returns a warning for each name in the environment that looks like a mistyped variable of this bot. */
export function typoWarnings(present: readonly string[], declared: readonly Declaration[]): string[] {
  const known = declared.flatMap(spellingsOf);
  return present.flatMap(name => {
    if (known.includes(name)) return [];
    const plain = declared.find(each => !each.secret && each.names.some(own => `${own}_FILE` === name));
    if (plain)
      return [`${name} is not a variable of this bot: only secrets are read from files, not ${plain.name}`];
    const near = nearest(name, known);
    return near === undefined ? [] : [`${name} is not a variable of this bot; did you mean ${near}?`];
  });
}

/** Returns the candidate that a name most likely misspells, in any case; undefined when none is similar. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    // A short name is similar to many words.
    const allowed = candidate.length >= 8 ? 2 : candidate.length >= 5 ? 1 : 0;
    if (Math.abs(candidate.length - upper.length) > allowed) continue;
    const distance = editDistance(upper, candidate.toUpperCase());
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/**
 * Returns the Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, swap of
 * neighbours.
 */
export function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let least = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) least = Math.min(least, at(before, column - 2) + 1);
      current.push(least);
    }
    before = above;
    above = current;
  }
  return at(above, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { AllEndpointsFailed, type Block } from '@service-bots/core/rpc';

/** A block that cannot be read is tried so often, then it is left out. */
const tries = 3;

/** Counts what was not checked, and says so: a block that was skipped is not one that was healthy. */
export class Skipped {
  /** Since the process began. */
  total = 0;
  #untold: { count: number; why: string }[] = [];
  readonly #failures = new Map<string, number>();

  add(count: number, why: string): void {
    this.total += count;
    this.#untold.push({ count, why });
  }

  /** A block could not be read. @returns whether it is given up */
  failed({ hash, number }: Block, error: unknown): boolean {
    // Without any endpoint there is nothing to give up: it may be had once one is back.
    if (error instanceof AllEndpointsFailed) return false;
    const failures = (this.#failures.get(hash) ?? 0) + 1;
    this.#failures.set(hash, failures);
    if (failures < tries) return false;
    this.#failures.delete(hash);
    this.add(1, `block ${number} could not be read: ${reasonOf(error)}`);
    return true;
  }

  /** A block was read after all. */
  read({ hash }: Block): void {
    this.#failures.delete(hash);
  }

  /** What has not been told yet. */
  observations(): Observation[] {
    if (this.#untold.length === 0) return [];
    const count = this.#untold.reduce((sum, each) => sum + each.count, 0);
    const why = [...new Set(this.#untold.map(each => each.why))].slice(0, 3).join('; ');
    this.#untold = [];
    const message = `${count} ${count === 1 ? 'block was' : 'blocks were'} not checked: ${why}`;
    return [{ check: 'blocks-skipped', failing: true, message, data: { count, sinceTheStart: this.total } }];
  }
}

const windowMs = 60_000;
const mostPerAddress = 10;
/**
 * The most addresses that are counted separately; further ones share a counter. An attacker with IPv6 has any
 * number of addresses.
 */
const mostAddresses = 1_000;
const everyoneElse = 'everyone else';

/** Counts the wrong tokens of each address in the last minute. */
export class Attempts {
  readonly #failures = new Map<string, { count: number; sinceMs: number }>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Returns the time until the address may try again. @returns whole seconds; 0 when it may try now */
  waitSeconds(address: string): number {
    const known = this.#current(this.#keyOf(address));
    if (!known || known.count < mostPerAddress) return 0;
    return Math.ceil((known.sinceMs + windowMs - this.#monotonicMs()) / 1000);
  }

  failed(address: string): void {
    const key = this.#keyOf(address);
    const known = this.#current(key);
    if (known) known.count += 1;
    else this.#failures.set(key, { count: 1, sinceMs: this.#monotonicMs() });
  }

  #keyOf(address: string): string {
    if (this.#failures.has(address)) return address;
    if (this.#failures.size >= mostAddresses) this.#forgetOld();
    return this.#failures.size >= mostAddresses ? everyoneElse : address;
  }

  #current(key: string) {
    const known = this.#failures.get(key);
    if (known && this.#monotonicMs() - known.sinceMs >= windowMs) {
      this.#failures.delete(key);
      return undefined;
    }
    return known;
  }

  #forgetOld(): void {
    for (const key of [...this.#failures.keys()]) this.#current(key);
  }
}

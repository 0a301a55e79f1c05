/** Keeps the result of `make` for each text, until it is cleared. */
export class Memo {
  readonly #make: (text: string) => string;
  readonly #made = new Map<string, string>();

  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  of(text: string): string {
    let made = this.#made.get(text);
    if (made === undefined) {
      made = this.#make(text);
      this.#made.set(text, made);
    }
    return made;
  }

  clear(): void {
    this.#made.clear();
  }
}

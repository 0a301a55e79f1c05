import type { Overview } from '../overview/schema.ts';
import { shownIn } from '../page/sections.tsx';
import type { Messages } from './Live.ts';

/** Renders the sections whose facts have changed since the last overview. */
export class Publisher {
  readonly #facts = new Map<string, string>();
  readonly #latest = new Map<string, { html: string; json: string; atMs: number }>();

  /** Returns the sections that differ from those of the previous overview, each as HTML and as JSON. */
  changes(overview: Overview, nowMs: number): Messages {
    const changed = new Map<string, { html: string; json: string }>();
    for (const { id, facts, View } of shownIn(overview)) {
      const shown = facts(overview);
      const text = JSON.stringify(shown) ?? 'null';
      if (this.#facts.get(id) === text) continue;
      this.#facts.set(id, text);
      const html = String(View({ overview, nowMs }));
      const forms = {
        html: JSON.stringify({ section: id, html }),
        json: JSON.stringify({ section: id, data: shown }),
      };
      changed.set(id, forms);
      this.#latest.set(id, { ...forms, atMs: nowMs });
    }
    return changed;
  }

  /**
   * Returns the sections that have changed since a page was rendered, for a client that has just connected.
   * @param ms milliseconds since 1970
   */
  changedSince(ms: number): Messages {
    return new Map([...this.#latest].filter(([, { atMs }]) => atMs > ms));
  }
}

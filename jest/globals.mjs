// Replaces `@jest/globals` where tests run in Node itself: jest sets the values again for each file.
export let afterAll;
export let afterEach;
export let beforeAll;
export let beforeEach;
export let describe;
export let expect;
export let it;
export let jest;
export let test;

/** From now on all that import them have these, also a module that was loaded for an earlier file. */
export function use(globals) {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}

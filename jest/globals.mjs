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

/** Sets the values for all importing modules, including a module that was loaded for an earlier file. */
export function use(globals) {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}

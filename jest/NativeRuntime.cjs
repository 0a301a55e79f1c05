const asyncHooks = require('node:async_hooks');
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');

register('./typescript.mjs', pathToFileURL(__filename));
process.setSourceMapsEnabled(true);

/** The values that jest-circus keeps on the global object, and would find there again with the next file. */
const keptByCircus = ['EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL'].map(key => Symbol.for(key));

const { AsyncLocalStorage } = asyncHooks;
/**
 * The place where jest-circus notes the running test. Each copy of jest-circus would create its own storage,
 * and in Node 20 each storage makes every promise of the process slower, also after its file: 16 times after
 * forty files. A single storage serves them all.
 */
const runningTest = new AsyncLocalStorage();

/**
 * Replaces jest-runtime: a test file is loaded by Node itself, as the code under test is in production, and
 * not into a separate context. With a context for each file, every file would load ethers, zod and all other
 * modules again, and each access to a global object would pass through a proxy: together this was half of the
 * CPU time of all tests. A loaded module serves all files of a worker; no module here keeps state.
 */
module.exports = class NativeRuntime {
  #environment;
  #globals;

  constructor(_config, environment) {
    this.#environment = environment;
  }

  /** Loads jest's own framework, again for each file: it holds the tests of the file. */
  requireInternalModule(path) {
    for (const key of keptByCircus) delete globalThis[key];
    delete require.cache[path];
    asyncHooks.AsyncLocalStorage = function OneStorage() {
      return runningTest;
    };
    try {
      return require(path);
    } finally {
      asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
    }
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    const { use } = await import('./globals.mjs');
    use(this.#globals);
    return import(pathToFileURL(path).href);
  }

  setGlobalsForRuntime(globals) {
    const { moduleMocker: mocks, fakeTimersModern: timers } = this.#environment;
    this.#globals = {
      ...globals,
      jest: {
        fn: mocks.fn.bind(mocks),
        spyOn: mocks.spyOn.bind(mocks),
        restoreAllMocks: () => mocks.restoreAllMocks(),
        useFakeTimers: config => timers.useFakeTimers(config),
        useRealTimers: () => timers.useRealTimers(),
        advanceTimersByTime: ms => timers.advanceTimersByTime(ms),
        getTimerCount: () => timers.getTimerCount(),
      },
    };
  }

  // Jest calls the following methods, which have nothing to do here.
  enterTestCode() {}
  leaveTestCode() {}
  getSourceMaps() {
    return new Map();
  }
  getAllCoverageInfoCopy() {}
  teardown() {}
};

import { jestConfig } from '../../jest.config.base.mjs';

// Most of the time they wait for blocks: two files at a time, also on two cores.
export default { ...jestConfig, maxWorkers: 2 };

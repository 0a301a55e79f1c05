import { jestConfig } from '../jest.config.base.mjs';

// A build or a bot that has to notice something takes its time.
export default { ...jestConfig, testTimeout: 480_000 };

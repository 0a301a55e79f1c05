import { jestConfig } from '../../jest.config.base.mjs';

export default { ...jestConfig, roots: ['<rootDir>/src'] };

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageConfig, runConfig } from './jest.config.base.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const within = folder => readdirSync(join(root, folder)).map(name => join(folder, name));
/** All but e2e, which needs a Docker engine. */
const packages = [...within('packages'), ...within('bots'), 'chaos', 'demo', 'ops'].filter(folder =>
  existsSync(join(root, folder, 'jest.config.mjs')),
);

/** The tests of all packages in one run, so that the long files of one begin while those of another are under way. */
export default {
  ...runConfig,
  projects: packages.map(folder => ({
    ...packageConfig,
    rootDir: join(root, folder),
    roots: ['src', 'test']
      .filter(name => existsSync(join(root, folder, name)))
      .map(name => `<rootDir>/${name}`),
  })),
};

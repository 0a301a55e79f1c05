import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** npm's names of the platforms foundry publishes anvil for: `<process.platform>-<process.arch>` to package. */
const platformPackages: Readonly<Record<string, string>> = {
  'linux-x64': '@foundry-rs/anvil-linux-amd64',
  'linux-arm64': '@foundry-rs/anvil-linux-arm64',
  'darwin-x64': '@foundry-rs/anvil-darwin-amd64',
  'darwin-arm64': '@foundry-rs/anvil-darwin-arm64',
  'win32-x64': '@foundry-rs/anvil-win32-amd64',
};

/**
 * Returns the path of the native anvil binary.
 *
 * `@foundry-rs/anvil`'s own bin is a node wrapper that spawns this file: killing the wrapper's pid can leave
 * the chain behind, so we spawn the binary itself.
 *
 * @throws Error when foundry has no build for this platform, or its optional package was not installed.
 */
export function anvilBinary(platform: string = process.platform, arch: string = process.arch): string {
  const name = platformPackages[`${platform}-${arch}`];
  if (name === undefined) {
    throw new Error(
      `anvil has no build for ${platform}-${arch} (there is one for ${Object.keys(platformPackages).join(', ')})`,
    );
  }
  const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
  const file = platform === 'win32' ? 'anvil.exe' : 'anvil';
  const candidates: string[] = [];
  try {
    // The platform package is the wrapper's dependency, not ours: resolve it from the wrapper's place.
    candidates.push(join(dirname(createRequire(wrapper).resolve(`${name}/package.json`)), 'bin', file));
  } catch {
    // Not resolvable: fall through to the folder next to the wrapper, then to the error below.
  }
  candidates.push(join(dirname(wrapper), '..', name.replace('@foundry-rs/', ''), 'bin', file));
  const found = candidates.find(path => existsSync(path));
  if (found === undefined) {
    throw new Error(
      `the package ${name} is missing: it is an optional dependency of @foundry-rs/anvil, ` +
        'so reinstall without --no-optional (looked for ' +
        `${candidates.join(' and ')})`,
    );
  }
  return found;
}

// Runs the tests on the Docker engine of this machine, as much of them side by side as the engine allows, and prints how
// long each group took. E2E_PART=engine leaves out the scripts' tests, which start no container; E2E_PART=scripts runs
// nothing else. E2E_WORKERS is the number of files that use the engine at a time.
import { spawn } from 'node:child_process';
import process from 'node:process';

const { E2E_PART: part, E2E_WORKERS: workers = '2' } = process.env;
const times = [];

const jest = async (name, results, ...args) => {
  const startMs = performance.now();
  const code = await new Promise(resolve => {
    spawn('jest', ['--json', `--outputFile=${results}`, ...args], { stdio: 'inherit' }).once(
      'close',
      resolve,
    );
  });
  times.push(`e2e: ${name}: ${Math.round((performance.now() - startMs) / 1000)} s\n`);
  return code;
};

async function onEngine() {
  const containers = await jest(
    'containers, fork, keeper',
    'test/containers/test-results.json',
    `--maxWorkers=${workers}`,
    'test/(containers|fork|keeper)',
  );
  // A swarm that begins or ends disturbs the name service of other containers, and no container outlives the engine's
  // restart.
  const swarm = await jest(
    'swarm, restart of the engine',
    'test-results.json',
    '--runInBand',
    'test/(swarm|engineRestart)\\.test',
  );
  return [containers, swarm];
}

const scripts = () =>
  jest('scripts', 'test/test-results.json', '--runInBand', 'test/(delivery|host|secretsFrom|setupEnv)');

const codes = await Promise.all([
  ...(part === 'scripts' ? [] : [onEngine()]),
  ...(part === 'engine' ? [] : [scripts()]),
]);
process.stdout.write(times.join(''));
process.exitCode = codes.flat().every(code => code === 0) ? 0 : 1;

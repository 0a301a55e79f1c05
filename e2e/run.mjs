// Runs the tests on the Docker engine of this machine, as much of them side by side as the engine allows.
import { spawn } from 'node:child_process';
import process from 'node:process';

const jest = (results, ...args) =>
  new Promise(resolve => {
    spawn('jest', ['--json', `--outputFile=${results}`, ...args], { stdio: 'inherit' }).once(
      'close',
      resolve,
    );
  });

const first = await jest(
  'test/containers/test-results.json',
  '--maxWorkers=2',
  'test/(containers|fork|keeper)',
);
// A swarm that begins or ends disturbs the name service of other containers, and no container outlives the engine's restart.
// The scripts' tests start no container.
const second = await Promise.all([
  jest('test/test-results.json', '--runInBand', 'test/(delivery|host|secretsFrom|setupEnv)'),
  jest('test-results.json', '--runInBand', 'test/(swarm|engineRestart)\\.test'),
]);
process.exitCode = [first, ...second].every(code => code === 0) ? 0 : 1;

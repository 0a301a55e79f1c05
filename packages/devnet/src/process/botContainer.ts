import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { killWhenParentDies } from '../chain/reaper.ts';
import { clockImport } from './clockImport.ts';
import type { Exit, StartedBot } from './startedBot.ts';
import type { ClockAnchor, WallClockError } from './virtualClock.ts';

export interface BotContainerOptions {
  readonly image: string;
  /** `uid:gid`, the owner of the state. */
  readonly user: string;
  readonly stateDir: string;
  /**
   * A folder that this user may read and enter: the container sees nothing else of the virtual clock. The socket
   * for its messages is created there.
   */
  readonly clockFolder: string;
  readonly anchor: ClockAnchor;
  readonly clockError?: WallClockError;
  /** Names of files in `clockFolder`; their meaning is that of `BotProcessOptions`. */
  readonly anchorFile: string;
  readonly withoutNamesFile: string;
}

/** The processes of a container, as this machine numbers them: the one that reaps, and the bot. */
interface Pids {
  readonly init: number;
  readonly node: number;
}

/** Paths inside of a container. */
const inside = { state: '/state', clock: '/clock', devnet: '/devnet' } as const;
const devnetFolder = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const untilEndMs = 20_000;

/**
 * Starts the image of a bot with this environment, as compose.yaml starts it, on the network of this machine.
 * The container is killed whenever our process ends. Needs Linux, an engine on this machine, and a user who may
 * send signals to `user`.
 */
export function startBotContainer(
  env: Readonly<Record<string, string>>,
  options: BotContainerOptions,
): StartedBot {
  const name = `bot-${randomBytes(6).toString('hex')}`;
  const socketName = `${name}.sock`;
  const all: Record<string, string> = {
    // The port of its status is for this machine alone, whose network it shares.
    STATUS_HOST: '127.0.0.1',
    ...env,
    STATE_DIR: inside.state,
    NODE_OPTIONS: `--import ${importInside(options, socketName)}`,
  };
  const link = openLink(join(options.clockFolder, socketName));
  const client = spawn('docker', dockerArguments(name, Object.keys(all), options), {
    env: { ...process.env, ...all },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the campaign, which stops its bots itself.
    detached: true,
  });
  let output = '';
  for (const stream of [client.stdout, client.stderr])
    createInterface({ input: stream }).on('line', text => {
      output += `${text}\n`;
    });
  let pids: Pids | undefined;
  let endReaper = () => {};
  let isOver = false;
  const found = link.connected.then(async () => {
    pids = await pidsOf(name);
    if (pids && !isOver) endReaper = killWhenParentDies(pids.init);
  });
  const exited = new Promise<Exit>(resolve => {
    const end = (code: number | null) => {
      isOver = true;
      endReaper();
      link.close();
      resolve(exitOf(code));
    };
    client.once('error', error => {
      output += `${error.message}\n`;
      end(null);
    });
    client.once('close', end);
  });
  /** Sends it as soon as the bot runs. */
  const kill = (signal: NodeJS.Signals): void => {
    void found.then(() => {
      if (isOver || !pids) return;
      // The process that reaps forwards no SIGSTOP.
      sendSignal(signal === 'SIGSTOP' || signal === 'SIGCONT' ? pids.node : pids.init, signal);
    });
  };
  return {
    pid: client.pid ?? 0,
    get nodePid() {
      return pids?.node;
    },
    get output() {
      return output;
    },
    exited,
    setClock: change => link.send(change),
    kill,
    async stop(signal = 'SIGTERM') {
      kill(signal);
      const exit = await Promise.race([exited, delay(untilEndMs, undefined, { ref: false })]);
      if (exit) return exit;
      execFile('docker', ['kill', name], () => {}); // it may have ended meanwhile
      return exited;
    },
  };
}

/**
 * Returns the arguments of `docker`. Variables are only named, since every user of the machine can read the
 * arguments of a process: the client takes the values from its own environment.
 */
export function dockerArguments(
  name: string,
  variables: readonly string[],
  { image, user, stateDir, clockFolder }: BotContainerOptions,
): string[] {
  const bind = (source: string, target: string, isReadOnly = true) =>
    `--mount=type=bind,source=${source},target=${target}${isReadOnly ? ',readonly' : ''}`;
  return [
    'run',
    '--rm',
    `--name=${name}`,
    // As Docker names a container's host, unless it has the machine's network.
    `--hostname=${name.slice(-12)}`,
    '--network=host',
    // As in compose.yaml:
    '--init',
    `--user=${user}`,
    '--read-only',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges:true',
    '--memory=384m',
    '--pids-limit=100',
    '--mount=type=tmpfs,destination=/tmp,tmpfs-size=16777216',
    // The campaign looks at the bot's health by its own clock, and keeps the output.
    '--no-healthcheck',
    '--log-driver=none',
    bind(stateDir, inside.state, false),
    bind(clockFolder, inside.clock),
    bind(devnetFolder('dist/process'), `${inside.devnet}/dist/process`),
    bind(devnetFolder('package.json'), `${inside.devnet}/package.json`),
    ...variables.map(variable => `--env=${variable}`),
    image,
  ];
}

/** Returns how a bot ended, by the exit code of the container's client. */
export function exitOf(code: number | null): Exit {
  const signal = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return signal === undefined ? { code, signal: null } : { code: null, signal: signal as NodeJS.Signals };
}

function importInside(
  { anchor, clockError, anchorFile, withoutNamesFile }: BotContainerOptions,
  socketName: string,
): string {
  return clockImport(new URL(`file://${inside.devnet}/dist/process/onVirtualClock.js`), {
    anchor,
    clockError,
    anchorFile: `${inside.clock}/${anchorFile}`,
    withoutNamesFile: `${inside.clock}/${withoutNamesFile}`,
    socket: `${inside.clock}/${socketName}`,
  });
}

/** Opens the socket for the messages to a clock. Messages wait until the bot has connected. */
function openLink(path: string) {
  let socket: Socket | undefined;
  let nextId = 1;
  let begun = '';
  const waiting: string[] = [];
  const answers = new Map<number, () => void>();
  const server = createServer();
  const connected = new Promise<void>(resolve => {
    server.once('connection', opened => {
      socket = opened.setEncoding('utf8');
      // The end of the container's client reports a bot that is gone.
      opened.on('error', () => {});
      opened.on('data', chunk => {
        const lines = `${begun}${chunk}`.split('\n');
        begun = lines.pop() ?? '';
        for (const line of lines) {
          const { id } = JSON.parse(line) as { id: number };
          answers.get(id)?.();
          answers.delete(id);
        }
      });
      for (const message of waiting.splice(0)) opened.write(message);
      resolve();
    });
  });
  // The bot runs as another user.
  server.listen(path, () => chmodSync(path, 0o666));
  return {
    connected,
    send(change: object): Promise<void> {
      const id = nextId++;
      const message = `${JSON.stringify({ ...change, id })}\n`;
      if (socket) socket.write(message);
      else waiting.push(message);
      return new Promise(resolve => answers.set(id, resolve));
    },
    close() {
      server.close();
      socket?.destroy();
      rmSync(path, { force: true });
    },
  };
}

/** Returns undefined when the container has ended meanwhile. */
async function pidsOf(name: string): Promise<Pids | undefined> {
  try {
    const { stdout } = await promisify(execFile)('docker', ['inspect', '-f', '{{.State.Pid}}', name]);
    const init = Number(stdout);
    const [child] = readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').split(' ');
    return init > 0 && child ? { init, node: Number(child) } : undefined;
  } catch {
    return undefined;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

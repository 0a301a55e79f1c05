import { setTimeout as delay } from 'node:timers/promises';
import { type RpcRequest, rawCall } from '@service-bots/devnet';
import { type BotKind, botKinds, type FaultKind, type Impossible, senderKinds } from '../history/index.ts';
import type { World } from '../world/World.ts';
import type { FaultSpec } from './spec.ts';

/** The time in which a bot that ended is started again and looks at everything, in ms. */
const untilUpMs = 120_000;

const doesNotRun = (bot: BotKind): Impossible[] => [{ act: 'run', bot }];

/** Ends a bot, which the supervisor starts again; the fault lasts until it is healthy. */
function ends(name: string, kind: FaultKind, weight: number, signal: NodeJS.Signals): FaultSpec {
  return {
    name,
    weight,
    lasts: [0, 0],
    group: 'process',
    draw: draw => ({ bot: draw.pick(botKinds) }),
    describe: ({ bot }) => ({
      kind,
      target: { bot: `${bot}` },
      makesImpossible: doesNotRun(bot as BotKind),
    }),
    async begin({ bot }, world) {
      const target = world.bot(bot as BotKind);
      await target.kill(signal);
      return () => target.untilHealthy(untilUpMs);
    },
  };
}

/** A bot is down for a while, as when an operator or a host has ended it. */
const down: FaultSpec = {
  name: 'down',
  weight: 2,
  lasts: [60, 420],
  group: 'process',
  draw: draw => ({ bot: draw.pick(botKinds), signal: draw.pick(['SIGTERM', 'SIGKILL']) }),
  describe: ({ bot }) => ({
    kind: 'kill',
    target: { bot: `${bot}` },
    makesImpossible: doesNotRun(bot as BotKind),
  }),
  async begin({ bot, signal }, world) {
    const target = world.bot(bot as BotKind);
    await target.hold(signal as NodeJS.Signals);
    return async () => {
      target.release();
      await target.untilHealthy(untilUpMs);
    };
  },
};

/** An operator goes back to an older version, which runs on the state of the present one, and forward again. */
const rollback: FaultSpec = {
  name: 'rollback',
  weight: 2,
  lasts: [60, 300],
  group: 'process',
  needs: 'older',
  draw: draw => ({ bot: draw.pick(botKinds) }),
  describe: ({ bot }) => ({
    kind: 'rollback',
    target: { bot: `${bot}` },
    // The older version is not what the campaign proves.
    makesImpossible: doesNotRun(bot as BotKind),
  }),
  async begin({ bot }, world) {
    const target = world.bot(bot as BotKind);
    target.setVersion('older');
    await target.kill('SIGTERM');
    await target.untilHealthy(untilUpMs);
    return async () => {
      target.setVersion('present');
      await target.kill('SIGTERM');
      await target.untilHealthy(untilUpMs);
    };
  },
};

const freeze: FaultSpec = {
  name: 'freeze',
  weight: 3,
  lasts: [10, 300],
  group: 'process',
  draw: draw => ({ bot: draw.pick(botKinds) }),
  describe: ({ bot }) => ({
    kind: 'freeze',
    target: { bot: `${bot}` },
    makesImpossible: doesNotRun(bot as BotKind),
  }),
  async begin({ bot }, world) {
    const target = world.bot(bot as BotKind);
    target.freeze();
    return async () => {
      target.thaw();
      await target.untilHealthy(untilUpMs);
    };
  },
};

const restartAll: FaultSpec = {
  name: 'restart of everything',
  weight: 1,
  lasts: [0, 0],
  group: 'process',
  draw: draw => ({ signal: draw.pick(['SIGKILL', 'SIGTERM']) }),
  describe: () => ({ kind: 'restart-all', target: {}, makesImpossible: [{ act: 'run' }] }),
  async begin({ signal }, world) {
    const all = [...world.bots.values()];
    await Promise.all(all.map(bot => bot.kill(signal as NodeJS.Signals)));
    return async () => void (await Promise.all(all.map(bot => bot.untilHealthy(untilUpMs))));
  },
};

/** Two processes of one bot on the same state: one acts, the other waits. */
const secondCopy: FaultSpec = {
  name: 'second copy',
  weight: 2,
  lasts: [60, 240],
  group: 'process',
  draw: draw => ({ bot: draw.pick(botKinds), killsFirst: draw.chance(0.5) }),
  describe: ({ bot }) => ({ kind: 'second-copy', target: { bot: `${bot}` }, makesImpossible: [] }),
  async begin({ bot, killsFirst }, world) {
    const target = world.bot(bot as BotKind);
    const end = await target.startCopy('b');
    await delay(20_000);
    if (killsFirst) await target.kill('SIGKILL');
    return async () => {
      await end();
      await target.untilHealthy(untilUpMs);
    };
  },
};

/** The steps of a transaction's life at which the bot is killed, by the request that belongs to each. */
const steps = {
  'before the estimate': { method: 'eth_estimateGas', isForwarded: false },
  'after the estimate': { method: 'eth_estimateGas', isForwarded: true },
  'signed, not sent': { method: 'eth_sendRawTransaction', isForwarded: false },
  'sent, no reply': { method: 'eth_sendRawTransaction', isForwarded: true },
  'waiting for the receipt': { method: 'eth_getTransactionReceipt', isForwarded: false },
  'mined, not noted': { method: 'eth_getTransactionReceipt', isForwarded: true },
} as const;

/** Kills a bot at a step of its next transaction. Without a transaction meanwhile, nothing happens. */
const killAtStep: FaultSpec = {
  name: 'kill at a step of a transaction',
  weight: 4,
  lasts: [120, 400],
  group: 'process',
  draw: draw => ({
    bot: draw.pick(senderKinds),
    step: draw.pick(Object.keys(steps)),
    kind: draw.pick(['kill', 'out-of-memory']),
  }),
  describe: ({ bot, kind }) => ({
    kind: kind as FaultKind,
    target: { bot: `${bot}` },
    // It runs until it is killed, which the history notes as the end of its process.
    makesImpossible: [],
  }),
  async begin({ bot, step }, world) {
    const target = world.bot(bot as BotKind);
    const { method, isForwarded } = steps[step as keyof typeof steps];
    const proxies = proxiesOf(world, bot as BotKind);
    let isArmed = true;
    for (const { proxy, rpcUrl } of proxies)
      proxy.intercept(async (request: RpcRequest) => {
        if (!isArmed || request.method !== method) return undefined;
        isArmed = false;
        const params = request.params as readonly unknown[];
        if (isForwarded) await rawCall(rpcUrl, method, params).catch(() => undefined);
        void target.kill('SIGKILL');
        // No answer reaches the bot.
        return new Promise(() => undefined);
      });
    return async () => {
      isArmed = false;
      for (const { proxy } of proxies) proxy.intercept(undefined);
      await target.untilHealthy(untilUpMs);
    };
  },
};

function proxiesOf(world: World, bot: BotKind) {
  return world.endpoints.flatMap(({ proxies, chain }) => {
    const proxy = proxies.get(bot);
    return proxy ? [{ proxy, rpcUrl: chain.anvil.rpcUrl }] : [];
  });
}

export const processFaults: readonly FaultSpec[] = [
  ends('kill', 'kill', 4, 'SIGKILL'),
  ends('redeploy', 'redeploy', 2, 'SIGTERM'),
  down,
  rollback,
  freeze,
  restartAll,
  secondCopy,
  killAtStep,
];

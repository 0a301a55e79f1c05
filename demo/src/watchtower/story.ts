import type { Step } from '../act.ts';
import { moment, short } from '../format.ts';
import { daySeconds, type Trouble, type WatchtowerScene } from './scene.ts';

/** The act, step by step. */
export function story(scene: WatchtowerScene): readonly Step[] {
  const { stage } = scene;
  return [
    {
      title: 'Start a chain with a Hyperdrive pool',
      async play() {
        const { rpcUrl } = await scene.startChain();
        const { registry } = await scene.deploy();
        return `anvil at ${rpcUrl}, registry ${short(registry)}; a trader opens a long for a week`;
      },
    },
    {
      title: 'Start the checkpoint bot, and the watchtower',
      async play() {
        await scene.startBot();
        await scene.untilWell();
        const lines = stage.page.process?.lines ?? [];
        scene.raisedWhileWell = lines.filter(({ message }) => message.startsWith('alert opened')).length;
        return (await stage.page.shown()).verdict.text;
      },
    },
    {
      title: 'Freeze the bot (SIGSTOP)',
      async play() {
        const trouble = await scene.suffer(
          'the bot is frozen',
          'bot-unreachable',
          async () => stage.bot.kill('SIGSTOP'),
          async () => stage.bot.kill('SIGCONT'),
        );
        return told(trouble);
      },
    },
    {
      title: 'Empty its wallet',
      async play() {
        const trouble = await scene.suffer(
          'its wallet is empty',
          'wallet-runway',
          () => scene.setBalance('0'),
          () => scene.setBalance('100'),
        );
        return told(trouble);
      },
    },
    {
      title: 'Stop it, and let a checkpoint with a matured position pass',
      async play() {
        const at = scene.firstDay + 7 * daySeconds + 20 * 3_600;
        const trouble = await scene.suffer(
          'a checkpoint is overdue',
          'checkpoint-overdue',
          async () => {
            await stage.stopBot();
            await stage.anvil.time.moveTo(at);
          },
          () => scene.startBot(),
        );
        return `${told(trouble)}; the chain's clock is at ${moment(at)}`;
      },
    },
  ];
}

function told({ said, noticedMs = 0, overMs = 0 }: Trouble): string {
  return `“${said}” on the page after ${seconds(noticedMs)}, over ${seconds(overMs)} after its end`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

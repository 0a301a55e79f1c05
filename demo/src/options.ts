/** What the demo was told. */
export interface DemoOptions {
  /** Stop everything when the story is over. */
  readonly once: boolean;
  readonly help: boolean;
}

export const usage = `Shows the checkpoint bot at work on a local chain with the real Hyperdrive contracts.

  make demo             the chain and the bot stay up until Ctrl-C
  make demo ONCE=1      stops at the end: exit 0 when everything happened as it should, 1 otherwise

  --once                the same as ONCE=1
  --help                this
`;

const spellings: Readonly<Record<string, boolean>> = {
  '': false,
  '0': false,
  false: false,
  '1': true,
  true: true,
};

/** @throws Error when an argument is unknown, or ONCE is neither 1, true, 0 nor false */
export function demoOptions(args: readonly string[], once: string | undefined): DemoOptions {
  const unknown = args.find(arg => !['--once', '--help', '-h', '--'].includes(arg));
  if (unknown !== undefined) throw new Error(`unknown argument ${unknown}`);
  const given = spellings[once?.toLowerCase() ?? ''];
  if (given === undefined) throw new Error(`ONCE is ${once}; give 1 or leave it out`);
  return { once: given || args.includes('--once'), help: args.includes('--help') || args.includes('-h') };
}

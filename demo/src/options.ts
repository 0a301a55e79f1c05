/** The options of the demo. */
export interface DemoOptions<Act extends string> {
  /** The single act to play; undefined: all. */
  readonly act: Act | undefined;
  /** Whether everything stops when the last act is over. */
  readonly once: boolean;
  readonly help: boolean;
}

export function usage(acts: readonly string[]): string {
  return `Shows the bots at work on local chains with the real contracts, in acts: ${acts.join(', ')}.

  make demo             all acts; the last one's chain and bot stay up until Ctrl-C
  make demo ACT=name    one of them
  make demo ONCE=1      stops at the end: exit 0 when everything happened as it should, 1 otherwise

  --once                the same as ONCE=1
  --help                this
`;
}

const spellings: Readonly<Record<string, boolean>> = {
  '': false,
  '0': false,
  false: false,
  '1': true,
  true: true,
};

/**
 * @param acts the names of the acts
 * @throws Error when an argument or ACT is unknown, or ONCE is neither 1, true, 0 nor false
 */
export function demoOptions<Act extends string>(
  args: readonly string[],
  { ONCE, ACT }: { readonly ONCE?: string | undefined; readonly ACT?: string | undefined },
  acts: readonly Act[],
): DemoOptions<Act> {
  const unknown = args.find(arg => !['--once', '--help', '-h', '--'].includes(arg));
  if (unknown !== undefined) throw new Error(`unknown argument ${unknown}`);
  const once = spellings[ONCE?.toLowerCase() ?? ''];
  if (once === undefined) throw new Error(`ONCE is ${ONCE}; give 1 or leave it out`);
  const act = acts.find(name => name === ACT);
  if (ACT && act === undefined) throw new Error(`ACT is ${ACT}; give ${acts.join(' or ')}, or leave it out`);
  return { act, once: once || args.includes('--once'), help: args.includes('--help') || args.includes('-h') };
}

/** A fault of the websocket end. Fields that are absent mean correct behaviour. */
export interface WsFault {
  readonly name: string;
  /** False: nothing listens on the port, and connections are ended. */
  readonly listens?: false;
  /** False: the connection is accepted, the upgrade never answered. */
  readonly upgrades?: false;
  /** False: the connection stays open and silent: no replies, no heads, no pongs. */
  readonly speaks?: false;
  /** The number of times that the n-th head is sent (from 1, in this connection since the fault was set). */
  readonly copies?: (n: number) => number;
  /** The connection is ended, without a closing frame, after this many heads. */
  readonly dropAfterHeads?: number;
}

/** All faults, as constants and functions that create one. */
export const wsFaults = {
  ok: { name: 'ok' },
  /** Nothing listens on the websocket port. */
  refuse: { name: 'refuse', listens: false },
  /** Connects at the TCP level only. */
  noUpgrade: { name: 'no-upgrade', upgrades: false },
  /** Connected and dead: not even a ping gets a pong. */
  hang: { name: 'hang', speaks: false },
  /** Subscribes and answers correctly, but heads never come. */
  silent: { name: 'silent', copies: () => 0 },
  /** Each head is sent `times` times. */
  duplicate: (times = 2): WsFault => ({ name: `duplicate(${times})`, copies: () => times }),
  /** Every n-th head is not sent. */
  skip: (every: number): WsFault => ({
    name: `skip(${every})`,
    copies: n => (n % every === 0 ? 0 : 1),
  }),
  /** Each connection is dropped after this many heads. */
  dropAfter: (heads: number): WsFault => ({ name: `drop-after(${heads})`, dropAfterHeads: heads }),
} as const satisfies Record<string, WsFault | ((argument: number) => WsFault)>;

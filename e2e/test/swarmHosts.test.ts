import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SentTransaction } from '../src/hosts/Gateway.ts';
import type { Host } from '../src/hosts/Host.ts';
import { KeeperSwarm } from '../src/hosts/KeeperSwarm.ts';
import { reasonAgainstHosts } from '../src/hosts/openHosts.ts';
import { until } from '../src/until.ts';

const reason = await reasonAgainstHosts();
const title = 'a keeper on one of three hosts, with its state on a file server';
/** For each test: a host that is lost is noticed, and the bot starts elsewhere, in minutes on a slow machine. */
const patienceMs = 600_000;

(reason ? describe.skip : describe)(reason ? `${title} (not here: ${reason})` : title, () => {
  const undoing: (() => unknown)[] = [];
  const times: string[] = [];
  let swarm: KeeperSwarm;

  beforeAll(async () => {
    swarm = await KeeperSwarm.deploy(3, undoing);
  }, patienceMs);
  afterAll(async () => {
    process.stdout.write(`\nSeconds, for the tables of docs/hosts.md:\n${times.join('\n')}\n`);
    const failures: unknown[] = [];
    for (const undo of undoing.reverse()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    expect(failures).toEqual([]);
  }, patienceMs);

  const measure = (what: string, from: Date, to: Date) => {
    times.push(`${((to.getTime() - from.getTime()) / 1_000).toFixed(1).padStart(6)}  ${what}`);
  };
  /** Measures until another host has sent a transaction, and until its copy had the lease. */
  const goesOnElsewhere = async (what: string, from: Date, host: Host, sent: number) => {
    const next = await swarm.sentElsewhere(host, sent);
    measure(`${what}: the lease is taken`, from, swarm.lease().since);
    measure(`${what}: the first transaction`, from, next.at);
    return next;
  };
  const opened = (check: string) =>
    swarm.gateway.alerts.filter(
      ({ body }) => body.occasion === 'opened' && (body.alert as { check: string }).check === check,
    );

  it(
    'runs once, and commits and settles',
    async () => {
      await swarm.settled(await swarm.makeDue());
      expect(await swarm.copies()).toHaveLength(1);
      // The chain is a week ahead of all clocks. The alert about that stays open to the end.
      await until('the alert about the clock', async () => opened('clock-skew').length > 0);
    },
    patienceMs,
  );

  it(
    'its host dies with a commit that no node has: another host sends the commit from the journal',
    async () => {
      const { host } = await swarm.acting();
      const { term } = swarm.lease();
      const before = swarm.gateway.transactions.length;
      swarm.gateway.losesTransactions = true;
      const round = await swarm.makeDue();
      await until('the commit to be sent', async () => swarm.gateway.transactions.length > before);
      const from = new Date();
      await host.kill();
      swarm.gateway.losesTransactions = false;
      const sent = swarm.gateway.transactions.length;
      const lost = swarm.gateway.transactions.at(-1) as SentTransaction;
      const journal = swarm.saved('transactions');
      expect(journal).toContain(lost.hash);
      const next = await goesOnElsewhere('its host is killed', from, host, sent);
      expect([next.nonce, journal.includes(next.hash)]).toEqual([lost.nonce, true]);
      expect(swarm.lease().term).toBeGreaterThan(term);
      await swarm.settled(round);
      await host.boot();
      await swarm.whole();
    },
    patienceMs,
  );

  it(
    'its host is cut off: another host commits, and the copy that was cut off ends when its host is back',
    async () => {
      const { host, container } = await swarm.acting();
      await host.cutOff();
      const from = new Date();
      const sent = swarm.gateway.transactions.length;
      const round = await swarm.makeDue();
      await goesOnElsewhere('its host is cut off', from, host, sent);
      await swarm.settled(round);
      const back = new Date();
      await host.reconnect();
      await swarm.whole();
      measure('the host is back: one copy on three hosts', back, new Date());
      expect((await swarm.copies()).map(copy => copy.container)).not.toContain(container);
      const late = swarm.gateway.transactions.slice(sent).map(each => each.from);
      expect(late).not.toContain(host.address('wan'));
    },
    patienceMs,
  );

  it(
    'its host loses the swarm and the file server, and still reaches the chain: of the two copies one sends',
    async () => {
      const { host } = await swarm.acting();
      const { term } = swarm.lease();
      await host.cutOff('lan');
      const from = new Date();
      await until('another copy to take the lease', async () => swarm.lease().term > term, patienceMs);
      measure('its host is cut off from the state alone: the lease is taken', from, swarm.lease().since);
      await swarm.acting(swarm.hosts.filter(each => each !== host));
      const sent = swarm.gateway.transactions.length;
      await swarm.settled(await swarm.makeDue());
      const senders = swarm.gateway.transactions.slice(sent).map(each => each.from);
      expect(senders).not.toContain(host.address('wan'));
      // The copy without its state is not silent about that.
      expect(opened('state-unusable').map(each => each.from)).toContain(host.address('wan'));
      await host.reconnect();
      await swarm.whole();
    },
    patienceMs,
  );

  it(
    'beside a copy that stands by, its host dies, or is taken out of service',
    async () => {
      await swarm.scale(2);
      await swarm.standingBy();
      const { host } = await swarm.acting();
      const from = new Date();
      await host.kill();
      const sent = swarm.gateway.transactions.length;
      const round = await swarm.makeDue();
      await goesOnElsewhere('killed beside a copy that stands by', from, host, sent);
      await swarm.settled(round);
      await host.boot();
      await swarm.whole(2);
      await swarm.standingBy();
      const { host: drained } = await swarm.acting();
      const { term } = swarm.lease();
      const stopped = new Date();
      await drained.docker('node', 'update', '--availability', 'drain', drained.name);
      await until('the copy that stands by to act', async () => swarm.lease().term > term);
      measure('drained beside a copy that stands by: the lease is taken', stopped, swarm.lease().since);
    },
    patienceMs,
  );

  it(
    'each round was committed and settled once, no transaction was wasted, and the open alert was raised once',
    async () => {
      const events = await swarm.pool.events();
      const rounds = (name: string) =>
        events.filter(each => each.name === name).map(({ args }) => Number(args.getValue('roundId')));
      expect(rounds('RoundCommitted')).toEqual([1, 2, 3, 4, 5]);
      expect(rounds('RoundSettled')).toEqual([1, 2, 3, 4, 5]);
      expect((await swarm.mined()).map(({ succeeded }) => succeeded)).toEqual(Array(10).fill(true));
      expect(opened('clock-skew')).toHaveLength(1);
    },
    patienceMs,
  );
});

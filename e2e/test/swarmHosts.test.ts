import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SentTransaction } from '../src/hosts/Gateway.ts';
import type { Host } from '../src/hosts/Host.ts';
import { KeeperSwarm } from '../src/hosts/KeeperSwarm.ts';
import { reasonAgainstHosts } from '../src/hosts/openHosts.ts';
import { until } from '../src/until.ts';

const reason = await reasonAgainstHosts();
const title = 'a keeper on one of three hosts, with its state on a file server';

(reason ? describe.skip : describe)(reason ? `${title} (not here: ${reason})` : title, () => {
  const undoing: (() => unknown)[] = [];
  /** What docs/deploy.md states, as it was measured. */
  const times: string[] = [];
  let swarm: KeeperSwarm;

  beforeAll(async () => {
    swarm = await KeeperSwarm.deploy(3, undoing);
  }, 600_000);
  afterAll(async () => {
    process.stdout.write(`\nSeconds until the bot goes on:\n${times.join('\n')}\n`);
    for (const undo of undoing.reverse()) await undo();
  }, 120_000);

  const measure = (what: string, from: Date, to: Date) => {
    times.push(`${((to.getTime() - from.getTime()) / 1_000).toFixed(1).padStart(6)}  ${what}`);
  };
  /** Measures until a transaction of another host, and until that copy had the lease. */
  const goesOnElsewhere = async (what: string, from: Date, host: Host, sent: number) => {
    const next = await swarm.sentElsewhere(host, sent);
    measure(`${what}: the lease is taken`, from, swarm.lease().since);
    measure(`${what}: the first transaction`, from, next.at);
    return next;
  };

  it('its host dies with a commit that no node has: another host sends the commit from the journal', async () => {
    const { host } = await swarm.acting();
    swarm.gateway.losesTransactions = true;
    const round = await swarm.makeDue();
    await until('the commit to be sent', async () => swarm.gateway.transactions.length > 0);
    const { term } = swarm.lease();
    await host.kill();
    const from = new Date();
    const journal = swarm.saved('transactions');
    swarm.gateway.losesTransactions = false;
    const sent = swarm.gateway.transactions.length;
    const lost = swarm.gateway.transactions.at(-1) as SentTransaction;
    expect(journal).toContain(lost.hash);
    const next = await goesOnElsewhere('its host is killed', from, host, sent);
    expect([next.nonce, journal.includes(next.hash)]).toEqual([lost.nonce, true]);
    expect(swarm.lease().term).toBeGreaterThan(term);
    await swarm.settled(round);
    await host.boot();
    await swarm.whole();
  });

  it('its host is cut off: another host commits, and the copy that was cut off is gone once its host is back', async () => {
    const { host, container } = await swarm.acting();
    await host.cutOff();
    const from = new Date();
    const sent = swarm.gateway.transactions.length;
    const round = await swarm.makeDue();
    await goesOnElsewhere('its host is cut off', from, host, sent);
    await swarm.settled(round);
    const reconnected = new Date();
    await host.reconnect();
    await swarm.whole();
    measure('the host is back: one copy on three hosts', reconnected, new Date());
    expect((await swarm.copies()).map(copy => copy.container)).not.toContain(container);
    const isLate = ({ at, from: address }: SentTransaction) => at > from && address === host.address('wan');
    expect(swarm.gateway.transactions.filter(isLate).filter(({ at }) => at < reconnected)).toEqual([]);
  });

  it('its host is cut off from the swarm and the file server, not from the chain: of two copies one sends', async () => {
    const { host } = await swarm.acting();
    const { term } = swarm.lease();
    await host.cutOff('lan');
    const from = new Date();
    await until('another copy to take the lease', async () => swarm.lease().term > term, 180_000);
    measure('its host is cut off from the state alone: the lease is taken', from, swarm.lease().since);
    const [other] = swarm.hosts.filter(each => each !== host);
    await swarm.acting(swarm.hosts.filter(each => each !== host));
    expect(other).toBeDefined();
    const sent = swarm.gateway.transactions.length;
    await swarm.settled(await swarm.makeDue());
    const senders = swarm.gateway.transactions.slice(sent).map(each => each.from);
    expect(senders).not.toContain(host.address('wan'));
    await host.reconnect();
    await swarm.whole();
  });

  it('beside a copy that stands by, its host dies or is taken out of service', async () => {
    await swarm.scale(2);
    await swarm.standingBy();
    const { host } = await swarm.acting();
    await host.kill();
    const from = new Date();
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
  });

  it('each round was committed and settled once, no transaction was wasted, and each alert was raised once', async () => {
    const events = await swarm.pool.events();
    const rounds = (name: string) =>
      events.filter(each => each.name === name).map(({ args }) => Number(args.getValue('roundId')));
    expect(rounds('RoundCommitted')).toEqual([1, 2, 3, 4]);
    expect(rounds('RoundSettled')).toEqual([1, 2, 3, 4]);
    const mined = await swarm.mined();
    expect(mined.map(({ succeeded }) => succeeded)).toEqual(Array(8).fill(true));
    const raised = swarm.gateway.alerts.flatMap(({ body }) =>
      body.occasion === 'opened' ? [(body.alert as { dedupKey: string }).dedupKey] : [],
    );
    expect(raised).toEqual([...new Set(raised)]);
    expect(raised).toContain('keeper:clock-skew:devnet:-');
  });
});

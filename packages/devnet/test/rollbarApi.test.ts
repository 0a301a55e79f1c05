import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RollbarApiSink, type RollbarSink, startRollbar, startRollbarApi } from '../src/index.ts';

let items: RollbarSink;
let api: RollbarApiSink;
beforeAll(async () => {
  items = await startRollbar();
});
beforeEach(async () => {
  await api?.close();
  api = await startRollbarApi({ token: 'good', items });
});
afterAll(async () => {
  await api.close();
  await items.close();
});

async function call(method: string, path: string, body?: unknown, token = 'good') {
  const response = await fetch(`${api.apiUrl}${path}`, {
    method,
    headers: { 'X-Rollbar-Access-Token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as { result?: unknown; data?: unknown } };
}

const rule = {
  trigger: 'new_item',
  filters: [
    { type: 'level', operation: 'gte', value: 'critical' },
    { type: 'context', operation: 'eq', value: 'keeper#late' },
  ],
};

describe('notification rules', () => {
  it('default: are created, listed, read, changed and deleted', async () => {
    const created = await call('POST', '/notifications/pagerduty/rules', [rule, rule]);
    expect(created.json.result).toEqual([
      { action: 'trigger_incident', status: 'enabled', id: 1_001, ...rule },
      { action: 'trigger_incident', status: 'enabled', id: 1_002, ...rule },
    ]);
    expect((await call('GET', '/notifications/slack/rules')).json.result).toEqual([]);
    await call('PUT', '/notifications/pagerduty/rule/1001', { ...rule, trigger: 'reactivated_item' });
    await call('DELETE', '/notifications/pagerduty/rule/1002');
    expect((await call('GET', '/notifications/pagerduty/rules')).json.result).toEqual([
      { action: 'trigger_incident', status: 'enabled', id: 1_001, ...rule, trigger: 'reactivated_item' },
    ]);
    // Reading is not recorded.
    expect(api.items.map(({ method }) => method)).toEqual(['POST', 'PUT', 'DELETE']);
  });

  it.each([
    ['another trigger', [{ ...rule, trigger: 'x' }]],
    ['no filters', [{ trigger: 'new_item' }]],
    ['another operation', [{ ...rule, filters: [{ type: 'level', operation: 'lte', value: 'error' }] }]],
    ['another level', [{ ...rule, filters: [{ type: 'level', operation: 'gte', value: 'fatal' }] }]],
    ['a setting of another channel', [{ ...rule, config: { channel: '#x' } }]],
    ['no list', rule],
  ])('error: %s', async (_, body) => {
    expect((await call('POST', '/notifications/pagerduty/rules', body)).status).toBe(422);
    expect(api.rules).toEqual([]);
  });

  it('error: another token, channel or rule', async () => {
    expect((await call('GET', '/notifications/slack/rules', undefined, 'bad')).status).toBe(403);
    expect((await call('GET', '/notifications/sms/rules')).status).toBe(404);
    expect((await call('GET', '/notifications/slack/rule/1')).status).toBe(404);
  });
});

describe('deploys', () => {
  it('default: are recorded', async () => {
    const deploy = { environment: 'keeper-mainnet', revision: 'abc' };
    expect((await call('POST', '/deploy', deploy)).json).toEqual({ data: { deploy_id: 1 } });
    expect(api.deploys).toEqual([deploy]);
    expect((await call('POST', '/deploy', { environment: 'x' })).status).toBe(422);
  });
});

describe('items', () => {
  it('default: are found by an occurrence, and resolved', async () => {
    const uuid = randomUUID();
    const data = { environment: 'x', fingerprint: 'f', uuid, body: { message: { body: 'x' } } };
    await fetch(items.endpoint, {
      method: 'POST',
      headers: { 'X-Rollbar-Access-Token': 't' },
      body: JSON.stringify({ data }),
    });
    const { id } = (await call('GET', `/item/?uuid=${uuid}`)).json.result as { id: number };
    expect((await call('PATCH', `/item/${id}`, { status: 'resolved' })).status).toBe(200);
    expect(api.resolved).toEqual(['f']);
    expect((await call('GET', `/item/?uuid=${uuid}`)).json.result).toMatchObject({ status: 'resolved' });
  });

  it('error: unknown ones', async () => {
    expect((await call('GET', `/item/?uuid=${randomUUID()}`)).status).toBe(404);
    expect((await call('GET', '/item/?uuid=x')).status).toBe(400);
    expect((await call('PATCH', '/item/99', { status: 'resolved' })).status).toBe(404);
  });
});

import { type Fault, fault } from './fault.ts';
import type { RpcError } from './rpcMessage.ts';

/** Any HTTP status, with a text body. */
export function http(status: number, text = 'the proxy was told to fail'): Fault {
  return fault(`http-${status}`, () => ({ status, body: text }));
}

/** 500, with the body of a crashed gateway: no JSON. */
export const http500: Fault = http(500, 'Internal Server Error');

/** 429 without a time for the next request. */
export const rateLimit: Fault = fault('rate-limit', () => ({ status: 429, body: 'Too Many Requests' }));

/** 429 with `Retry-After`: a number is in seconds, a `Date` is sent as an HTTP date (whole seconds). */
export function rateLimitRetryAfter(when: number | Date): Fault {
  const value = typeof when === 'number' ? `${when}` : when.toUTCString();
  return fault(`rate-limit-retry-after(${value})`, () => ({
    status: 429,
    headers: { 'retry-after': value },
    body: 'Too Many Requests',
  }));
}

/** Every call is answered with this JSON-RPC error, in HTTP 200. */
export function rpcError(error: RpcError, name = `rpc${error.code}`): Fault {
  return fault(name, exchange => exchange.answerCalls(() => ({ error })));
}

/** EIP-1474's "limit exceeded", as Infura sends it for a rate limit. */
export const rpc32005: Fault = rpcError({ code: -32005, message: 'limit exceeded' });

/** QuickNode's rate limit. */
export const rpc32007: Fault = rpcError({
  code: -32007,
  message:
    '50/second request limit reached - reduce calls per second or upgrade your account at quicknode.com',
});

/** "Internal error": a node's answer when its own backend fails. */
export const rpc32603: Fault = rpcError({ code: -32603, message: 'Internal error' });

/** Bytes that are neither JSON nor UTF-8, as `application/json`. */
export const garbage: Fault = fault('garbage', () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22, 0xc3, 0x28, 0x80, 0x5d, 0x7d, 0x00, 0xff]),
}));

/** A 200 with an HTML page: a captive portal, or a CDN's challenge. */
export const html: Fault = fault('html', () => ({
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>',
}));

/** A 200 without a body. */
export const empty: Fault = fault('empty', () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '',
}));

/**
 * The call reaches the chain, but the connection ends in the middle of the body: fewer bytes than
 * `content-length` states.
 */
export const truncated: Fault = fault('truncated', async exchange => {
  const answer = await exchange.pass();
  const body = asText(answer.body);
  return { ...answer, body, sendBytes: Math.floor(Buffer.byteLength(body) / 2) };
});

/** The call reaches the chain, but the JSON ends in the middle, in an HTTP answer of the right length. */
export const halfJson: Fault = fault('half-json', async exchange => {
  const answer = await exchange.pass();
  const body = asText(answer.body);
  return {
    ...answer,
    headers: { 'content-type': 'application/json', ...answer.headers },
    body: body.slice(0, Math.floor(body.length / 2)),
  };
});

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

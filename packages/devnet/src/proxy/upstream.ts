import type { HttpAnswer } from '../http/loopbackServer.ts';
import type { ParsedRpc, RpcOutcome, RpcRequest, RpcResponse } from './rpcMessage.ts';

/** Forwards the body to the chain; returns HTTP 502 when the chain cannot be reached. */
export async function forward(url: string, body: string): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const contentType = response.headers.get('content-type') ?? 'application/json';
    return { status: response.status, headers: { 'content-type': contentType }, body: await response.text() };
  } catch (error) {
    const reason =
      error instanceof Error ? ((error.cause as Error | undefined) ?? error).message : String(error);
    return { status: 502, body: `the chain cannot be reached: ${reason}` };
  }
}

/** Sends a call to the chain. Rejects when the chain cannot be reached. */
export async function ask(url: string, method: string, params: readonly unknown[]): Promise<RpcOutcome> {
  const answer = await forward(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  if (answer.status !== 200) throw new Error(String(answer.body));
  const { result, error } = JSON.parse(answer.body as string) as { result: unknown; error?: RpcResponse };
  return (error === undefined ? { result } : { error }) as RpcOutcome;
}

/** Answers calls with an outcome here, forwards the others together, and merges the answers in order. */
export async function answerCalls(
  { batch, calls }: ParsedRpc,
  answer: (call: RpcRequest) => RpcOutcome | undefined | Promise<RpcOutcome | undefined>,
  pass: (calls: ParsedRpc) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const outcomes = await Promise.all(calls.map(call => answer(call)));
  const passed = calls.filter((_, index) => outcomes[index] === undefined);
  if (passed.length === calls.length) return pass({ batch, calls });

  let answers: RpcResponse[] = [];
  if (passed.length > 0) {
    const forwarded = await pass({ batch: true, calls: passed });
    if (forwarded.status !== 200) return forwarded;
    answers = (
      typeof forwarded.body === 'string' ? JSON.parse(forwarded.body) : forwarded.body
    ) as RpcResponse[];
  }
  const merged = calls.map((call, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) return answers.find(one => one.id === call.id);
    return { jsonrpc: '2.0', id: call.id ?? null, ...outcome };
  });
  return { status: 200, body: batch ? merged : merged[0] };
}

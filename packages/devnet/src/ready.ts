import process from 'node:process';

// Whether the chain in this container answers and everything is deployed on it: the image's health check.
const timeout = () => ({ signal: AbortSignal.timeout(10_000) });
const question = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] });
const headers = { 'content-type': 'application/json' };
try {
  await fetch('http://127.0.0.1:8546', timeout());
  await fetch('http://127.0.0.1:8545', { method: 'POST', headers, body: question, ...timeout() });
} catch (error) {
  process.stdout.write(`the chain is not ready: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

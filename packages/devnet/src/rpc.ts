import process from 'node:process';

// node dist/rpc.js evm_increaseTime 3600: asks the chain in this container, and prints what it answers.
const [method, ...params] = process.argv.slice(2);
if (method === undefined) {
  process.stderr.write('Usage: rpc <method> [params…], each of them JSON or a plain text\n');
  process.exitCode = 2;
} else {
  const response = await fetch('http://127.0.0.1:8545', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params.map(parameter) }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error) {
    process.stderr.write(`${method}: ${error.message}\n`);
    process.exitCode = 1;
  } else process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

function parameter(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// A bot is healthy while its rounds complete on time, by its own /healthz. Used by the images' HEALTHCHECK.
import { get } from 'node:http';
import process from 'node:process';

const url = `http://127.0.0.1:${process.env.STATUS_PORT}/healthz`;
get(url, { timeout: 4_000 }, response => {
  response.pipe(process.stdout);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
})
  .on('timeout', request => request.destroy(new Error(`${url} does not answer`)))
  .on('error', error => {
    process.stdout.write(`${error.message}\n`);
    process.exitCode = 1;
  });

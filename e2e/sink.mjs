// Plays a webhook in a container: keeps what is posted, and answers all else with all of it.
import { createServer } from 'node:http';

const received = [];
createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end(JSON.stringify(received));
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push(JSON.parse(body));
  response.writeHead(204).end();
}).listen(9000);

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JSON document on the loopback interface. */
export interface ArtifactsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a deployment's addresses, `{"hyperdriveRegistry": "0x…", …}`, at every path: the operators' local
 * set-ups differ in the path they ask for. The document is made anew for each request.
 */
export async function startArtifactsServer(document: () => object): Promise<ArtifactsServer> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(document(), null, 2)}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

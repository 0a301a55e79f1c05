import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';

/** A JSON document on the loopback interface; its `url` is the document's. */
export type ArtifactsServer = Pick<LoopbackServer, 'url' | 'port' | 'close'>;

/**
 * Serves a deployment's addresses, `{"hyperdriveRegistry": "0x…", …}`, at every path: the operators' local
 * set-ups differ in the path they ask for. The document is made anew for each request.
 */
export function startArtifactsServer(document: () => object): Promise<ArtifactsServer> {
  return startLoopbackServer(() => ({ status: 200, body: document() }));
}

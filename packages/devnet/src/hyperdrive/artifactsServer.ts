import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';

/** A JSON document on the loopback interface; its `url` is the document's. */
export type ArtifactsServer = Pick<LoopbackServer, 'url' | 'port' | 'close'>;

/** Where it listens: any free port of the loopback interface, unless told otherwise. */
export interface ArtifactsServerOptions {
  readonly port?: number;
  readonly host?: string;
  /** The other fields of the document. */
  readonly more?: object;
}

/**
 * Serves a deployment's addresses, `{"hyperdriveRegistry": "0x…", …}`, at every path: the operators' local
 * set-ups differ in the path they ask for. The document is made anew for each request.
 */
export function startArtifactsServer(
  document: () => object,
  { port = 0, host, more }: ArtifactsServerOptions = {},
): Promise<ArtifactsServer> {
  return startLoopbackServer(() => ({ status: 200, body: { ...document(), ...more } }), port, host);
}

import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';

/** A JSON document on the loopback interface; its `url` is the document's. */
export type ArtifactsServer = Pick<LoopbackServer, 'url' | 'port' | 'close'>;

/** Its host and port: any free port of the loopback interface by default. */
export interface ArtifactsServerOptions {
  readonly port?: number;
  readonly host?: string;
  /** The other fields of the document. */
  readonly more?: object;
}

/**
 * Serves a deployment's addresses, `{"hyperdriveRegistry": "0x…", …}`, at every path, since the operators'
 * local set-ups ask for different paths. The document is created anew for each request.
 */
export function startArtifactsServer(
  document: () => object,
  { port = 0, host, more }: ArtifactsServerOptions = {},
): Promise<ArtifactsServer> {
  return startLoopbackServer(() => ({ status: 200, body: { ...document(), ...more } }), port, host);
}

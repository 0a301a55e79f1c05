/** Returns the commands to inspect a bot that stays up. @param shows the part of it on its status page */
export function statusHints(statusUrl: string, shows: string): string[] {
  return [
    `  curl -s ${statusUrl}/status     # ${shows}`,
    `  curl -s ${statusUrl}/healthz    # ok while its rounds complete on time`,
    `  curl -s ${statusUrl}/metrics    # for Prometheus`,
  ];
}

/** Returns the command to call the chain by hand. @param why its result */
export function rpcHint(why: string, rpcUrl: string, method: string, params: readonly unknown[]): string[] {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return ['', `  # ${why}`, `  curl -s ${rpcUrl} -H 'content-type: application/json' \\`, `    -d '${body}'`];
}

/** How to look at a bot that stays up. @param shows what of it is on its status page */
export function statusHints(statusUrl: string, shows: string): string[] {
  return [
    `  curl -s ${statusUrl}/status     # ${shows}`,
    `  curl -s ${statusUrl}/healthz    # ok while its rounds complete on time`,
    `  curl -s ${statusUrl}/metrics    # for Prometheus`,
  ];
}

/** How to ask the chain for something by hand. @param why what comes of it */
export function rpcHint(why: string, rpcUrl: string, method: string, params: readonly unknown[]): string[] {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return ['', `  # ${why}`, `  curl -s ${rpcUrl} -H 'content-type: application/json' \\`, `    -d '${body}'`];
}

import { address, httpUrl, seconds, together, variable } from '../config/index.ts';

/** The variables that locate Hyperdrive's pools and set the speed of the chain's time. */
export const hyperdriveVariables = {
  REGISTRY_ADDRESS: variable(address().optional(), {
    description: 'Address of the Hyperdrive registry that lists the pools',
    example: '0xbe082293b646cb619a638d29e8eff7cf2f46aa3a',
    defaultText: "the chain's public registry",
  }),
  ARTIFACTS_URI: variable(httpUrl().optional(), {
    description:
      'A JSON document that holds the registry address under "hyperdriveRegistry", instead of REGISTRY_ADDRESS',
    example: 'http://127.0.0.1:8080/artifacts.json',
  }),
  BLOCK_TIME: variable(seconds({ min: 0.05, max: 3_600 }).optional(), {
    description: 'Seconds between two blocks, where they differ from what is usual on the chain',
    example: '1',
    defaultText: "the chain's own",
  }),
  BLOCK_TIMESTAMP_INTERVAL: variable(seconds({ min: 0.05, max: 86_400 }).optional(), {
    description: "Seconds by which each block's timestamp moves on, for chains whose time is sped up",
    example: '12',
    defaultText: 'BLOCK_TIME',
  }),
};

/** Schema check: the chain time of a block has no meaning without the duration of a block. */
export const pacedTogether = together<{ BLOCK_TIME?: unknown; BLOCK_TIMESTAMP_INTERVAL?: unknown }>(config =>
  config.BLOCK_TIMESTAMP_INTERVAL === undefined || config.BLOCK_TIME !== undefined
    ? []
    : [{ variable: 'BLOCK_TIME', problem: 'is not set, and BLOCK_TIMESTAMP_INTERVAL needs it' }],
);

/** Schema check: the registry is given in one way. */
export const oneRegistry = together<{ REGISTRY_ADDRESS?: unknown; ARTIFACTS_URI?: unknown }>(config =>
  config.REGISTRY_ADDRESS === undefined || config.ARTIFACTS_URI === undefined
    ? []
    : [{ variable: 'ARTIFACTS_URI', problem: 'is given and REGISTRY_ADDRESS is too: leave one of them out' }],
);

import type { EndpointAddress } from './Endpoint.ts';

/**
 * Gives endpoints distinct labels. Two keys at one provider have the same host: the second is called
 * `host#2`.
 */
export function distinctLabels(addresses: readonly EndpointAddress[]): EndpointAddress[] {
  return addresses.map((address, i) => {
    const { label } = address;
    const earlier = addresses.slice(0, i).filter(other => other.label === label).length;
    return { ...address, label: earlier === 0 ? label : `${label}#${earlier + 1}` };
  });
}

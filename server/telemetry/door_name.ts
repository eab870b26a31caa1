/** A way into the server. */
export type DoorName = 'tcp' | 'http' | 'memcached';

/** Every way into the server. */
export const DOOR_NAMES: readonly DoorName[] = ['tcp', 'http', 'memcached'];

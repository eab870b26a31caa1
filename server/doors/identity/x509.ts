/** The library for X.509, made ready. It takes a moment to load: load it only where it is needed. */
// Must be there before the library is loaded.
import 'reflect-metadata';

import * as x509 from '@peculiar/x509';

export { x509 };

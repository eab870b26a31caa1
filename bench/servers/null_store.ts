/** The null store: receives, checks every field and answers. Nothing is kept. */
import { inGroups, serveBare } from './bare_door';

serveBare(
  inGroups(() => undefined),
  () => undefined,
);

/** Everything that is tested in containers: one file, because the containers' names are fixed and admit one lottery at a time. */
import { describeWithEngine, ENGINE_ABSENCE, REQUIRE_DOCKER } from '../support/docker_engine';
import { ComposeProject } from '../support/docker_project';
import { describeConfinement } from './confinement';
import { describeControl } from './control';
import { describeDatabaseTls } from './database_tls';
import { describeDeployment } from './deployment';
import { describeFaults } from './faults';
import { describeImages } from './images';
import { describeLeftovers } from './leftovers';
import { describeManyServers } from './many_servers';
import { describeMutualTls } from './mutual_tls';
import { describeStopping } from './stopping';
import { describeWholeSystem } from './whole_system';

const TEST_TIMEOUT_MS = 180_000;
const NO_ENGINE = `no Docker engine answers: ${ENGINE_ABSENCE ?? ''}`;

// Beside being said, this lets the others be listed by name: a file that is skipped as a whole is passed over.
test(ENGINE_ABSENCE === undefined ? 'a Docker engine answers' : NO_ENGINE, () => {
  if (ENGINE_ABSENCE !== undefined && REQUIRE_DOCKER) throw new Error(`REQUIRE_DOCKER=1, but ${NO_ENGINE}`);
});

describeWithEngine('in containers', () => {
  jest.setTimeout(TEST_TIMEOUT_MS);

  afterEach(() => ComposeProject.removeAll());
  afterAll(() => ComposeProject.removeAll());

  describeLeftovers();
  describeWholeSystem();
  describeStopping();
  describeFaults();
  describeImages();
  describeDeployment();
  describeConfinement();
  describeManyServers();
  describeMutualTls();
  describeControl();
  describeDatabaseTls();
});

/** What the tests of the storage share: the layer, the stage, the seed. */
import { Random } from '../../../tools/random';
import { Stage } from '../../support/programs';
import { named } from '../../support/skipping';
import { buildLayer, removeLayer } from './layer';
import { Play, PlayPlan } from './play';
import { SEED } from './seed';

const NO_LAYER = 'no C compiler makes a library here; install one (Debian: apt-get install gcc libc6-dev)';

/** Tests that need the layer: they are listed as skipped where it cannot be built. */
export interface LayerTests {
  readonly test: jest.It;
  /** Sets up a play on the stage of the test that runs; the seed decides its bets. */
  readonly setUp: (plan: PlayPlan) => Play;
}

/** Builds the layer for a test file, and gives each test its stage; with REQUIRE_COMPILER=1 it is a failure that it cannot be built. */
export function layerTests(): LayerTests {
  const layer = buildLayer();
  // One line that names the seed: a failure can be played again.
  beforeAll(() => void process.stdout.write(`SEED=${SEED}\n`));
  afterAll(() => removeLayer(layer));
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.close());
  // A name that says why the others are skipped.
  const absence = 'library' in layer ? undefined : NO_LAYER;
  test(
    named('the layer between the server and the kernel can be built where it is required', absence),
    () => {
      if (process.env['REQUIRE_COMPILER'] === '1') expect(layer).toHaveProperty('library');
    },
  );
  return {
    test: 'library' in layer ? test : test.skip,
    setUp: (plan) => new Play(stage, layer, plan, new Random(SEED)),
  };
}

/** What the tests of the storage share: the layer, the seed, how long they run. */
import { buildLayer, BuiltLayer, removeLayer } from './layer';
import { SEED } from './seed';

/** Tests that need the layer: they are listed as skipped where it cannot be built. */
export interface LayerTests {
  readonly layer: BuiltLayer;
  readonly test: jest.It;
}

/** Builds the layer for a test file; with REQUIRE_COMPILER=1 it is a failure that it cannot be built. */
export function layerTests(): LayerTests {
  const layer = buildLayer();
  // One line that names the seed: a failure can be played again.
  beforeAll(() => void process.stdout.write(`SEED=${SEED}\n`));
  afterAll(() => removeLayer(layer));
  test('the layer between the server and the kernel can be built where it is required', () => {
    if (process.env['REQUIRE_COMPILER'] === '1') expect(layer).toHaveProperty('library');
  });
  return { layer, test: 'library' in layer ? test : test.skip };
}

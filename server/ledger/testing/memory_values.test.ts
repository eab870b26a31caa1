import { MemoryValues } from './memory_values';
import { sharedValuesContract } from './shared_values_contract';

let last: MemoryValues;

sharedValuesContract('MemoryValues', {
  open: () => Promise.resolve((last = new MemoryValues())),
  openAgain: () => Promise.resolve(last.another()),
});

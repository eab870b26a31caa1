import { ComposePlan, planFrom } from './arguments';

describe('the arguments', () => {
  test.each<[string[], ComposePlan | undefined]>([
    [[], { clients: 1 }],
    [['0'], { clients: 0 }],
    [['1000'], { clients: 1000 }],
    [['1001'], undefined],
    [['-1'], undefined],
    [['+1'], undefined],
    [['1.5'], undefined],
    [['1e2'], undefined],
    [['five'], undefined],
    [[''], undefined],
    [['1', '2'], undefined],
    [['5', '--servers', '3'], { clients: 5, servers: 3 }],
    [['--servers', '3', '5'], { clients: 5, servers: 3 }],
    [['--servers=16'], { clients: 1, servers: 16 }],
    [['5', '--servers', '1'], { clients: 5, servers: 1 }],
    [['5', '--servers', '0'], undefined],
    [['5', '--servers', '17'], undefined],
    [['5', '--servers', '-1'], undefined],
    [['5', '--servers', 'two'], undefined],
    [['5', '--servers='], undefined],
    [['5', '--servers'], undefined],
    [['5', '--server', '3'], undefined],
    [['5', '6', '--servers', '3'], undefined],
  ])('%j: %p', (programArguments, plan) => {
    expect(planFrom(programArguments)).toEqual(plan);
  });
});

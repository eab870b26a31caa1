import { ConfigurationError } from '../../program/exit';
import { ComposePlan, planFrom, UsageMistake } from './arguments';

describe('the arguments', () => {
  test.each<[string[], ComposePlan]>([
    [[], { clients: 1 }],
    [['0'], { clients: 0 }],
    [['1000'], { clients: 1000 }],
    [['5', '--servers', '3'], { clients: 5, servers: 3, ledger: 'postgres' }],
    [['--servers', '3', '5'], { clients: 5, servers: 3, ledger: 'postgres' }],
    [['--servers=16'], { clients: 1, servers: 16, ledger: 'postgres' }],
    [['5', '--servers', '1'], { clients: 5, servers: 1, ledger: 'postgres' }],
    [['5', '--ledger', 'sqlite'], { clients: 5 }],
    [['5', '--servers', '2', '--ledger', 'postgres'], { clients: 5, servers: 2, ledger: 'postgres' }],
    [['5', '--servers', '2', '--ledger', 'redis'], { clients: 5, servers: 2, ledger: 'redis' }],
    [['--ledger=redis', '5'], { clients: 5, servers: 1, ledger: 'redis' }],
    [['--ledger=postgres'], { clients: 1, servers: 1, ledger: 'postgres' }],
    [['5', '--tls'], { clients: 5, tls: true }],
    [['--tls'], { clients: 1, tls: true }],
    [['5', '--tls', '--ledger', 'sqlite'], { clients: 5, tls: true }],
    [['--servers', '3', '--tls', '5'], { clients: 5, servers: 3, ledger: 'postgres', tls: true }],
    [['--ledger=redis', '--tls'], { clients: 1, servers: 1, ledger: 'redis', tls: true }],
    [['5', '--control'], { clients: 5, control: true }],
    [['5', '--control', '--servers', '2'], { clients: 5, control: true, servers: 2, ledger: 'postgres' }],
    [['--ledger=redis', '--control'], { clients: 1, control: true, servers: 1, ledger: 'redis' }],
    [['--control', '5', '--tls', '--ledger', 'sqlite'], { clients: 5, tls: true, control: true }],
  ])('%j: %p', (programArguments, plan) => {
    expect(planFrom(programArguments)).toEqual(plan);
  });

  test.each<[string[]]>([
    [['1001']],
    [['-1']],
    [['+1']],
    [['1.5']],
    [['1e2']],
    [['five']],
    [['']],
    [['1', '2']],
    [['5', '--servers', '0']],
    [['5', '--servers', '17']],
    [['5', '--servers', '-1']],
    [['5', '--servers', 'two']],
    [['5', '--servers=']],
    [['5', '--servers']],
    [['5', '--server', '3']],
    [['5', '6', '--servers', '3']],
    [['5', '--control=on']],
    [['5', '--control', '--servers', '17']],
    [['5', '--control', '--ledger', 'mysql']],
    [['5', '--tls=on']],
    [['5', '--no-tls']],
    [['5', '--ledger', 'mysql']],
    [['5', '--ledger', 'Redis']],
    [['5', '--ledger=']],
    [['5', '--ledger']],
    [['5', '--servers', '17', '--ledger', 'sqlite']],
  ])('%j: one line', (programArguments) => {
    expect(() => planFrom(programArguments)).toThrow(UsageMistake);
    expect(() => planFrom(programArguments)).toThrow(/^compose_maker: [^\n]+: allowed (is|are) [^\n]+$/);
  });

  test('give several servers no file that belongs to one', () => {
    const words = ['5', '--servers', '2', '--ledger', 'sqlite'];
    expect(() => planFrom(words)).toThrow(ConfigurationError);
    expect(() => planFrom(words)).toThrow(
      /^compose_maker: --ledger sqlite: .* allowed are postgres and redis$/,
    );
  });
});

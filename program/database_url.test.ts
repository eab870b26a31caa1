import { ConfigurationError } from './exit';
import { DatabaseAddress, parseDatabaseUrl, sslModeFor } from './database_url';

/** What a URL is refused with. */
function refusal(url: string): string {
  try {
    parseDatabaseUrl(url, 'here: DATABASE_URL');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

const PLAIN: Partial<DatabaseAddress> = {
  hosts: [{ host: 'localhost', port: 5432 }],
  user: undefined,
  password: undefined,
  database: undefined,
  sslMode: undefined,
};

describe('a DATABASE_URL', () => {
  test.each<[string, Partial<DatabaseAddress>]>([
    ['postgresql://', PLAIN],
    ['postgres://u@h/d', { ...PLAIN, hosts: [{ host: 'h', port: 5432 }], user: 'u', database: 'd' }],
    ['postgresql://u:p@h:1/d', { hosts: [{ host: 'h', port: 1 }], user: 'u', password: 'p', database: 'd' }],
    ['postgresql://u:a%40b%2Fc%3A%23%25@h/d', { user: 'u', password: 'a@b/c:#%' }],
    ['postgresql://u:a#b:c@h/d', { user: 'u', password: 'a#b:c', database: 'd' }],
    [
      'postgresql://h1:5432,h2,[::1]:7/d',
      {
        hosts: [
          { host: 'h1', port: 5432 },
          { host: 'h2', port: 5432 },
          { host: '::1', port: 7 },
        ],
      },
    ],
    [
      'postgresql:///d?host=/run/postgresql,h&port=6,7',
      {
        hosts: [
          { host: '/run/postgresql', port: 6 },
          { host: 'h', port: 7 },
        ],
        database: 'd',
      },
    ],
    ['postgresql://%2Frun%2Fpostgresql/d', { hosts: [{ host: '/run/postgresql', port: 5432 }] }],
    ['postgresql://h/?user=u&password=p%26&dbname=d', { user: 'u', password: 'p&', database: 'd' }],
    ['postgresql://h/d?ssl=true', { sslMode: 'require' }],
    ['postgresql://h/d', { sslMode: undefined }],
    ['postgresql://h/d?sslmode=disable', { sslMode: 'disable' }],
    ['postgresql://h/d?sslrootcert=/ca', { sslMode: undefined, sslRootCert: '/ca' }],
    ['postgresql://localhost,h/d?sslrootcert=/ca', { sslMode: undefined, sslRootCert: '/ca' }],
    ['postgresql://h/d?sslmode=verify-full&sslrootcert=system', { sslRootCert: 'system' }],
    ['postgresql://h/d?sslmode=verify-full', { sslMode: 'verify-full', sslRootCert: undefined }],
    [
      'postgresql://h/d?sslmode=verify-ca&sslrootcert=/ca&sslcert=/c&sslkey=/k&sslpassword=x',
      { sslMode: 'verify-ca', sslRootCert: '/ca', sslCert: '/c', sslKey: '/k', sslPassword: 'x' },
    ],
    ['postgresql://h/d?connect_timeout=3', { connectTimeoutMs: 3_000 }],
    ['postgresql://h/d?connect_timeout=0', { connectTimeoutMs: undefined }],
    ['postgresql://h/d?target_session_attrs=read-write&application_name=a', { applicationName: 'a' }],
    ['postgresql://h/d?options=-c%20search_path%3Dlottery', { options: '-c search_path=lottery' }],
  ])('%s', (url, expected) => {
    expect(parseDatabaseUrl(url)).toMatchObject(expected);
  });

  test.each([
    ['mysql://u:hidden@h/d', /no postgresql:\/\/user:password@host:port\/database/],
    ['hidden', /no postgresql:/],
    ['postgresql://u:hid/den@h/d', /write .*\/ as %2F/],
    ['postgresql://u:hid@den@h/d', /write @ as %40/],
    ['postgresql://u:hid?den@h/d', /write .*\? as %3F|parameter/],
    ['postgresql://u:hid%den@h/d', /% as %25/],
    ['postgresql://u:hidden', /host 1 is no host:port; .* # as %23/],
    ['postgresql://h:0/d', /the port of host 1 is none from 1 to 65535/],
    ['postgresql://h:5432,h2:70000/d', /the port of host 2 /],
    ['postgresql://h1,h2,h3/d?port=1,2', /2 ports for 3 hosts/],
    ['postgresql://h/d?sslmod=verify-full', /parameter sslmod is unknown; known are host, .*sslmode/],
    [
      'postgresql://h/d?sslmode=verify',
      /sslmode="verify" is wrong; allowed is one of disable, .*verify-full/,
    ],
    ['postgresql://h/d?sslmode=no-verify', /allowed is one of/],
    [
      'postgresql://h/d?sslmode=disable&sslrootcert=/ca',
      /sslrootcert without encryption; set sslmode=verify/,
    ],
    ['postgresql://localhost/d?sslrootcert=/ca', /sslrootcert without encryption; set sslmode=verify-full/],
    ['postgresql://127.0.0.1,/d?sslcert=/c&sslkey=/k', /sslcert without encryption; set sslmode=verify-full/],
    ['postgresql://h/d?sslmode=require&sslrootcert=system', /sslmode=require needs sslrootcert, .*your CA/],
    ['postgresql://h/d?sslmode=verify-ca', /needs sslrootcert/],
    ['postgresql://h/d?sslmode=verify-ca&sslrootcert=system', /needs sslrootcert/],
    ['postgresql://h/d?sslmode=require&sslcert=/c', /needed together/],
    ['postgresql://h/d?target_session_attrs=standby', /one of any, read-write, primary/],
    ['postgresql://h/d?connect_timeout=soon', /connect_timeout is no number/],
  ])('%s is refused in one line, without what may be a part of a password', (url, expected) => {
    const message = refusal(url);
    expect(message).toMatch(/^here: DATABASE_URL: [^\n]*$/);
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/hid|den/);
  });
});

test.each([
  ['postgresql://', ['disable']],
  ['postgresql://127.0.0.1,127.9.9.9,[::1],LOCALHOST/d', ['disable', 'disable', 'disable', 'disable']],
  ['postgresql:///d?host=/run/postgresql', ['disable']],
  [
    'postgresql://localhost,db.example,10.0.0.7,[fd00::7]',
    ['disable', ...Array<string>(3).fill('verify-full')],
  ],
  ['postgresql://localhost.example,127.0.0.1.example', ['verify-full', 'verify-full']],
  ['postgresql://localhost,db.example/?sslmode=require', ['require', 'require']],
  ['postgresql://db.example/?sslmode=disable', ['disable']],
])('%s: each of its hosts by itself, unless the URL says how', (url, modes) => {
  const address = parseDatabaseUrl(url);
  expect(address.hosts.map((host) => sslModeFor(address, host))).toEqual(modes);
});

import { databaseUrl } from './database_url';

const type = databaseUrl();

test.each([
  'postgresql://lottery@127.0.0.1/lottery',
  'postgres://u:p@h:5432/db',
  'postgresql://u:p%23%2F%3F%25@h:5432/db?sslmode=verify-full&sslrootcert=/etc/ca.pem',
  'postgresql://u:p@h1:5432,h2:5433/db?target_session_attrs=read-write',
  'postgresql://u:p@[::1]:5432/db',
  'postgresql://%2Fvar%2Frun%2Fpostgresql/db',
  'postgresql:///db?host=/var/run/postgresql&user=a@b',
  'postgresql://h',
  'postgresql://u:p@ss@h/db',
])('%s is taken as it is', (url) => {
  expect(type.safeParse(url)).toEqual({ success: true, data: url });
});

test.each([
  ['postgresql://u:a#b@h/db', 'a # in the password is written %23'],
  ['postgresql://u:a@h/db#x', 'a # in the password is written %23'],
  ['postgresql://u:12#b@h/db', 'a # in the password is written %23'],
  ['postgresql://u:a/b@h/db', 'a / in the password is written %2F'],
  ['postgresql://u:12/b@h/db', 'a / in the password is written %2F'],
  ['postgresql://u:a?b@h/db', 'a ? in the password is written %3F'],
  ['postgresql://u:a%b@h/db', 'a % in the password is written %25'],
  ['postgresql://u:a b@h/db', 'a space in it is written %20'],
  ['postgresql://u:p@h:0/db', 'what stands for host:port is none'],
  ['postgresql://u:p@h:65536/db', 'what stands for host:port is none'],
  ['postgresql://u:p@h:x/db', 'what stands for host:port is none'],
  ['mysql://u:p@h/db', 'it begins otherwise'],
  ['h/db', 'it begins otherwise'],
])('%s is refused: %s', (url, hint) => {
  expect(type.safeParse(url).success).toBe(false);
  expect(type.hintFor?.(url)).toBe(hint);
  expect(type.isSecret).toBe(true);
});

import { FakeClock } from '../../../../program/testing/fake_clock';
import { COMPLETE } from '../../../ledger/draw';
import { DrawView } from '../../../lottery/draw_view';
import { Telemetry } from '../../../telemetry/telemetry';
import { MAX_LISTED_AGENCIES, METRICS_MAX_AGE_MS } from './limits';
import { Metrics } from './metrics';
import { AWAITED, IDENTITY, newTelemetry, watchedOf } from './testing/watched_app';

const open: Metrics[] = [];
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close();
});

function measured(
  telemetry: Telemetry = newTelemetry(),
  drawView: DrawView = AWAITED,
): {
  telemetry: Telemetry;
  clock: FakeClock;
  metrics: Metrics;
} {
  const clock = new FakeClock();
  const metrics = new Metrics(watchedOf(telemetry, clock, drawView), IDENTITY, () => 3);
  open.push(metrics);
  return { telemetry, clock, metrics };
}

interface Parsed {
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, number>;
}

/** Reads the text format, and fails at whatever it does not have. */
function parse(text: string): Parsed {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const values = new Map<string, number>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$/.exec(line);
    if (comment !== null) {
      (comment[1] === 'HELP' ? helps : types).set(comment[2]!, comment[3]!);
      continue;
    }
    const sample = /^([a-z][a-z0-9_]*(?:\{[a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*\})?) (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not in the format: ${line}`);
    expect(values.has(sample[1]!)).toBe(false);
    expect(Number(sample[2])).not.toBeNaN();
    values.set(sample[1]!, Number(sample[2]));
  }
  return { types, helps, values };
}

test('names, types and helps are as Prometheus has them', async () => {
  const { telemetry, metrics } = measured();
  telemetry.batchStored(1, 2, 3);
  telemetry.refused('tcp', 'closed');
  telemetry.committed({ operations: 1, durationMs: 1 });
  const { types, helps } = parse(await metrics.text());
  expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const [name, type] of types) {
    expect(name).toMatch(/^(lottery|process|nodejs)_/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(helps.get(name)).toMatch(/\.$/);
  }
  expect(helps.size).toBe(types.size);
  expect([...types.keys()].filter((name) => name.startsWith('lottery_'))).toMatchInlineSnapshot(`
   [
     "lottery_server_info",
     "lottery_feeds",
     "lottery_bets_total",
     "lottery_batches_total",
     "lottery_repeated_batches_total",
     "lottery_stored_bytes_total",
     "lottery_queue_bytes",
     "lottery_log_held_bytes",
     "lottery_ready",
     "lottery_agencies",
     "lottery_finished_agencies",
     "lottery_agency_connections",
     "lottery_agency_last_heard_timestamp_seconds",
     "lottery_agency_bets_total",
     "lottery_connections",
     "lottery_refusals_total",
     "lottery_connected_agencies",
     "lottery_tls_handshakes",
     "lottery_tls_handshakes_failed_total",
     "lottery_certificate_expiry_timestamp_seconds",
     "lottery_drawn",
     "lottery_draw_called_off",
     "lottery_winning_bets",
     "lottery_draw_phase",
     "lottery_draw_deadline_timestamp_seconds",
     "lottery_draw_deadline_overdue",
     "lottery_draw_timestamp_seconds",
     "lottery_draw_duration_seconds",
     "lottery_log_leaves",
     "lottery_log_sealed",
     "lottery_log_result",
     "lottery_control_balanced",
     "lottery_commit_operations_total",
     "lottery_commit_duration_seconds",
   ]
  `);
});

test('values are what was counted, at the time of asking', async () => {
  const { telemetry, clock, metrics } = measured();
  await metrics.text();
  telemetry.watchStorage(
    () => 4_096,
    () => true,
    () => 70_000_000,
  );
  telemetry.watchConnections('tcp', () => 17);
  telemetry.batchStored(1, 70, 3_000);
  telemetry.batchStored(3, 30, 1_000);
  telemetry.batchRepeated();
  telemetry.refused('tcp', 'bad-batch');
  telemetry.refused('tcp', 'bad-batch');
  telemetry.refused('http', 'unauthorized');
  telemetry.committed({ operations: 5, durationMs: 4 });
  telemetry.committed({ operations: 2, durationMs: 40 });
  telemetry.agencyFinished(3);
  clock.advance(METRICS_MAX_AGE_MS);
  const { values } = parse(await metrics.text());
  expect(Object.fromEntries([...values].filter(([name]) => name.startsWith('lottery_')))).toMatchObject({
    lottery_bets_total: 100,
    lottery_batches_total: 2,
    lottery_repeated_batches_total: 1,
    lottery_stored_bytes_total: 4_000,
    lottery_queue_bytes: 4_096,
    lottery_log_held_bytes: 70_000_000,
    lottery_ready: 1,
    lottery_agencies: 3,
    lottery_finished_agencies: 1,
    'lottery_agency_bets_total{agency="1"}': 70,
    'lottery_agency_bets_total{agency="3"}': 30,
    'lottery_connections{door="tcp"}': 17,
    'lottery_connections{door="http"}': 0,
    'lottery_refusals_total{door="tcp",code="bad-batch"}': 2,
    'lottery_refusals_total{door="http",code="unauthorized"}': 1,
    lottery_commit_operations_total: 7,
    'lottery_commit_duration_seconds_bucket{le="0.005"}': 1,
    'lottery_commit_duration_seconds_bucket{le="0.05"}': 2,
    'lottery_commit_duration_seconds_bucket{le="+Inf"}': 2,
    lottery_commit_duration_seconds_count: 2,
    lottery_drawn: 0,
    lottery_winning_bets: 0,
  });
  expect(values.get('lottery_commit_duration_seconds_sum')).toBeCloseTo(0.044, 9);
});

test.each([
  [false, { lottery_drawn: 1, lottery_draw_called_off: 0, lottery_winning_bets: 3 }],
  [true, { lottery_drawn: 1, lottery_draw_called_off: 1, lottery_winning_bets: 0 }],
])('the draw, called off: %s', async (isCalledOff, expected) => {
  const { telemetry, metrics } = measured();
  const winners = new Map(isCalledOff ? [] : [[1, '31204458,21689196'] as const, [2, '30904465'] as const]);
  telemetry.drawn({
    winnerNumber: 7_574,
    winners,
    bets: 9,
    missingAgencies: isCalledOff ? [3] : [],
    isCalledOff,
  });
  const text = await metrics.text();
  expect(Object.fromEntries(parse(text).values)).toMatchObject(expected);
  expect(text).not.toMatch(/31204458|21689196|30904465/);
});

test('too many agencies have only their totals', async () => {
  const { telemetry, metrics } = measured(newTelemetry({ agencies: MAX_LISTED_AGENCIES + 1 }));
  telemetry.batchStored(5, 10, 100);
  const text = await metrics.text();
  expect(text).not.toContain('lottery_agency_bets_total');
  expect(parse(text).values.get('lottery_bets_total')).toBe(10);
});

test('the process is measured', async () => {
  const { clock, metrics } = measured();
  await metrics.text();
  clock.advance(METRICS_MAX_AGE_MS);
  const { values } = parse(await metrics.text());
  for (const name of [
    'process_cpu_seconds_total',
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'nodejs_heap_size_total_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_eventloop_active_seconds_total',
  ]) {
    expect([name, (values.get(name) ?? 0) > 0]).toEqual([name, true]);
  }
  for (const name of ['p50', 'p99', 'max']) {
    expect(values.get(`nodejs_eventloop_lag_${name}_seconds`)).toBeGreaterThanOrEqual(0);
  }
});

test('scrapes at the same time, or right afterwards, get the same text', async () => {
  const { telemetry, clock, metrics } = measured();
  const [first, second] = await Promise.all([metrics.text(), metrics.text()]);
  expect(second).toBe(first);
  telemetry.batchStored(1, 1, 1);
  clock.advance(METRICS_MAX_AGE_MS - 1);
  expect(await metrics.text()).toBe(first);
  clock.advance(1);
  expect(await metrics.text()).not.toBe(first);
});

test('two servers in one process have metrics of their own', async () => {
  const one = measured();
  const other = measured();
  one.telemetry.batchStored(1, 5, 1);
  expect(parse(await one.metrics.text()).values.get('lottery_bets_total')).toBe(5);
  expect(parse(await other.metrics.text()).values.get('lottery_bets_total')).toBe(0);
});

test('drawn without winners counts none', async () => {
  const { telemetry, metrics } = measured();
  telemetry.drawn({ ...COMPLETE, winnerNumber: 7_574, winners: new Map(), bets: 0 });
  expect(parse(await metrics.text()).values.get('lottery_winning_bets')).toBe(0);
});

describe('the draw', () => {
  const valuesOf = async (drawView: Partial<DrawView>): Promise<[string, number][]> => {
    const { metrics } = measured(newTelemetry(), { ...AWAITED, ...drawView });
    return [...parse(await metrics.text()).values].filter(([name]) => /^lottery_draw_(?!called)/.test(name));
  };

  test('has its phase, and of what is not known no sample', async () => {
    const values = await valuesOf({ phase: 'retrying' });
    expect(values.filter(([, value]) => value !== 0)).toEqual([['lottery_draw_phase{phase="retrying"}', 1]]);
    expect(values.map(([name]) => name.replace(/\{.*/, ''))).toEqual([
      ...Array.from({ length: 9 }, () => 'lottery_draw_phase'),
      'lottery_draw_deadline_overdue',
    ]);
  });

  test('has its deadline, and whether that is held', async () => {
    const deadline = { action: 'call-off', atMs: 1_795_000_000_500 } as const;
    const values = await valuesOf({ deadline, dueAtMs: deadline.atMs, isOverdue: true });
    expect(values).toContainEqual([
      'lottery_draw_deadline_timestamp_seconds{action="call-off"}',
      1_795_000_000.5,
    ]);
    expect(values).toContainEqual(['lottery_draw_deadline_overdue', 1]);
  });

  test('has when it was and how long it took', async () => {
    const values = await valuesOf({ phase: 'decided', decidedAtMs: 1_795_000_000_500, tookMs: 250 });
    expect(values).toContainEqual(['lottery_draw_timestamp_seconds', 1_795_000_000.5]);
    expect(values).toContainEqual(['lottery_draw_duration_seconds', 0.25]);
  });
});

test('which server it is, who is connected and when each was last heard of', async () => {
  const { metrics, telemetry } = measured();
  telemetry.connected(2, 'none');
  telemetry.heard(2);
  const { values } = parse(await metrics.text());
  expect(values.get('lottery_server_info{host="here",version="1.2.3",run="17"}')).toBe(1);
  expect(values.get('lottery_agency_connections{agency="2"}')).toBe(1);
  expect(values.get('lottery_agency_last_heard_timestamp_seconds{agency="2"}')).toBeCloseTo(
    telemetry.agencies.get(2)!.heardAtMs! / 1_000,
    3,
  );
});

test('by what right agencies are connected, TLS handshakes, and when certificates expire', async () => {
  const { metrics, clock, telemetry } = measured();
  telemetry.connected(1, 'certificate', 1_900_000_000_000);
  const leave = telemetry.connected(2, 'certificate', 1_800_000_000_000);
  telemetry.connected(3, 'none');
  telemetry.connected('operator', 'certificate', 1_850_000_000_000);
  const handshakes = { count: 2, failedCount: 5 };
  telemetry.watchHandshakes('tcp', handshakes);
  telemetry.watchHandshakes('http', { count: 0, failedCount: 1 });
  telemetry.watchCertificates(() => [
    { name: 'server', expiresAtMs: 1_795_000_000_500 },
    { name: 'client CA', expiresAtMs: 1_797_000_000_000 },
    { name: 'client CA', expiresAtMs: 1_796_000_000_000 },
    { name: 'revocation list', expiresAtMs: Infinity },
  ]);
  const expiry = 'lottery_certificate_expiry_timestamp_seconds';
  const valuesNow = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      [...parse(await metrics.text()).values].filter(([name]) =>
        /_connected_|_tls_|_certificate_/.test(name),
      ),
    );
  expect(await valuesNow()).toEqual({
    'lottery_connected_agencies{right="certificate"}': 2,
    'lottery_connected_agencies{right="token"}': 0,
    'lottery_connected_agencies{right="none"}': 1,
    'lottery_tls_handshakes{door="tcp"}': 2,
    'lottery_tls_handshakes{door="http"}': 0,
    'lottery_tls_handshakes_failed_total{door="tcp"}': 5,
    'lottery_tls_handshakes_failed_total{door="http"}': 1,
    [`${expiry}{certificate="server"}`]: 1_795_000_000.5,
    [`${expiry}{certificate="client CA"}`]: 1_796_000_000,
    [`${expiry}{certificate="agency 1"}`]: 1_900_000_000,
    [`${expiry}{certificate="agency 2"}`]: 1_800_000_000,
    [`${expiry}{certificate="operator"}`]: 1_850_000_000,
  });
  leave();
  handshakes.failedCount = 6;
  clock.advance(METRICS_MAX_AGE_MS);
  const later = await valuesNow();
  expect(later).not.toHaveProperty([`${expiry}{certificate="agency 2"}`]);
  expect(later).toMatchObject({
    'lottery_connected_agencies{right="certificate"}': 1,
    'lottery_tls_handshakes_failed_total{door="tcp"}': 6,
  });
});

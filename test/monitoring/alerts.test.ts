import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { rulesFor } from '../../src/cli/alerts-files.js';
import { leakGuard } from '../support/leak-guard.js';
import { prometheusBinaries } from '../support/prometheus-binaries.js';
import { tempFolder } from '../support/temp-folder.js';
import type { Frame } from './frame.js';
import { checkAlerts, promtool } from './promtool.js';
import { MONITORING, rulesOf } from './rules.js';
import { type RealRun, realRun } from './real-run.js';
import type { Span, Target } from './timeline.js';

const binaries = await prometheusBinaries();
const missing = binaries instanceof Error;
const why = missing ? ` (${binaries.message})` : '';

leakGuard({ scope: 'file' });

describe.skipIf(missing)(`the alert rules over real outages${why}`, { timeout: 120_000 }, () => {
  let run: RealRun;
  beforeAll(async () => {
    run = await realRun();
  }, 180_000);

  const target = (instance: string, ...spans: Span[]): Target => ({ instance, spans });
  const span = (minutes: number, frame?: Frame): Span => ({ minutes, frame });
  /** As many instances that live through the same. */
  const targets = (count: number, ...spans: Span[]): Target[] => Array.from({ length: count }, (_, at) => target(`pod-${at}`, ...spans));

  const ACTIVE = 'DatabaseFallbackActive page shop staging';
  const TOO_LONG = 'DatabaseFallbackTooLong page shop staging';
  const UNMERGED = 'DatabaseUnmergedRows ticket shop staging';
  const UNAVAILABLE = 'DatabaseUnavailable page till production';
  const SOME_UNAVAILABLE = 'DatabaseUnavailable ticket till production';
  const MISSING = 'DatabaseMetricsMissing ticket till production';
  const UNKNOWN_OUTCOMES = 'DatabaseOutcomesUnknown ticket till production';

  it('tell of a fallback after 5 minutes, of a long one after an hour, and of the rows it leaves behind', async () => {
    const { healthy, lost, returned } = run.staging;
    await checkAlerts(targets(1, span(10, healthy), span(90, lost), span(60, returned)), [
      { atMinutes: 9, firing: [], pending: [] },
      { atMinutes: 14, firing: [], pending: [ACTIVE, TOO_LONG, UNMERGED] },
      { atMinutes: 16, firing: [ACTIVE] },
      { atMinutes: 69, firing: [ACTIVE, UNMERGED], pending: [TOO_LONG] },
      { atMinutes: 71, firing: [ACTIVE, UNMERGED, TOO_LONG], pending: [] },
      { atMinutes: 104, firing: [UNMERGED], pending: [] },
      { atMinutes: 159, firing: [UNMERGED] },
    ]);
  });

  it('are silent about a fallback of a minute', async () => {
    const { healthy, lost } = run.staging;
    await checkAlerts(targets(2, span(10, healthy), span(1, lost), span(30, healthy)), [
      { atMinutes: 12, firing: [], pending: [ACTIVE, TOO_LONG, UNMERGED] },
      { atMinutes: 16, firing: [], pending: [] },
      { atMinutes: 40, firing: [], pending: [] },
    ]);
  });

  it('tell of one instance of ten on the fallback: its data is apart from that of the others', async () => {
    const { healthy, lost } = run.staging;
    const others = Array.from({ length: 9 }, (_, at) => target(`pod-${at}`, span(20, healthy)));
    await checkAlerts(
      [...others, target('pod-9', span(10, healthy), span(10, lost))],
      [
        { atMinutes: 14, firing: [] },
        { atMinutes: 16, firing: [ACTIVE] },
      ],
    );
  });

  it('tell of PostgreSQL away without a fallback after 4 minutes, until it is back', async () => {
    const { healthy, lost, returned } = run.production;
    await checkAlerts(targets(3, span(10, healthy), span(20, lost), span(10, returned)), [
      { atMinutes: 9, firing: [], pending: [] },
      { atMinutes: 12, firing: [UNKNOWN_OUTCOMES], pending: [] },
      { atMinutes: 14, firing: [UNAVAILABLE, UNKNOWN_OUTCOMES], pending: [SOME_UNAVAILABLE] },
      { atMinutes: 25, firing: [UNAVAILABLE, SOME_UNAVAILABLE, UNKNOWN_OUTCOMES] },
      { atMinutes: 30.5, firing: [UNKNOWN_OUTCOMES], pending: [] },
    ]);
  });

  it('write a ticket for one instance of ten without a database', async () => {
    const { healthy, returned, lost } = run.production;
    const well = Array.from({ length: 9 }, (_, at) => target(`pod-${at}`, span(40, returned)));
    await checkAlerts(
      [...well, target('pod-9', span(10, healthy), span(30, lost))],
      [
        { atMinutes: 21, firing: [UNKNOWN_OUTCOMES], pending: [SOME_UNAVAILABLE] },
        { atMinutes: 24, firing: [UNKNOWN_OUTCOMES, SOME_UNAVAILABLE] },
      ],
    );
  });

  it('tell of probes that are refused while open connections serve, of a used-up pool, and of unknown outcomes', async () => {
    const { healthy, refused, exhausted, unknown } = run.production;
    const spans = [span(10, healthy), span(5, unknown), span(10, exhausted), span(10, unknown), span(10, refused), span(10, unknown)];
    await checkAlerts(targets(1, ...spans), [
      { atMinutes: 9, firing: [], pending: [] },
      { atMinutes: 12, firing: [UNKNOWN_OUTCOMES], pending: [] },
      { atMinutes: 22, firing: [UNKNOWN_OUTCOMES, 'DatabasePoolExhausted ticket till production'] },
      { atMinutes: 34, firing: [UNKNOWN_OUTCOMES], pending: [] },
      { atMinutes: 41, firing: ['DatabaseProbeFailing page till production'] },
      { atMinutes: 50, firing: [], pending: [] },
    ]);
  });

  it('tell of a PostgreSQL that only takes reads', async () => {
    const { returned, readOnly } = run.production;
    await checkAlerts(targets(2, span(60, returned), span(10, readOnly), span(10, returned)), [
      { atMinutes: 59, firing: [], pending: [] },
      { atMinutes: 64, firing: [], pending: ['DatabaseReadOnly page till production'] },
      { atMinutes: 66, firing: ['DatabaseReadOnly page till production'], pending: [] },
      { atMinutes: 74, firing: [], pending: [] },
    ]);
  });

  it('tell of PostgreSQL lost three times within half an hour, not of it lost once', async () => {
    const { returned, healthy, flapping } = run.staging;
    await checkAlerts(targets(2, span(10, healthy), span(10, returned), span(15, flapping), span(30, flapping)), [
      { atMinutes: 19, firing: [], pending: [UNMERGED] },
      { atMinutes: 22, firing: ['DatabaseFlapping ticket shop staging'] },
      { atMinutes: 53, firing: [UNMERGED], pending: [] },
    ]);
  });

  it('tell of a process that no longer probes', async () => {
    const { healthy } = run.production;
    const stuck = target('pod-0', span(10, healthy), { minutes: 20, frame: healthy, stuck: true });
    await checkAlerts(
      [stuck, target('pod-1', span(30, healthy))],
      [
        { atMinutes: 14, firing: [], pending: [] },
        { atMinutes: 19, firing: [], pending: ['DatabaseProbeStale page till production'] },
        { atMinutes: 21, firing: ['DatabaseProbeStale page till production'] },
      ],
    );
  });

  it('page about SQLite where the target says that it is production, whatever NODE_ENV says', async () => {
    const { healthy, lost } = run.development;
    const mistaken: Target = { ...target('pod-0', span(10, healthy), span(10, lost)), labels: { environment: 'production' } };
    await checkAlerts(
      [mistaken],
      [
        { atMinutes: 9, firing: [], pending: [] },
        { atMinutes: 12, firing: ['DatabaseFallbackInProduction page desk production'] },
        { atMinutes: 16, firing: ['DatabaseFallbackInProduction page desk production', 'DatabaseFallbackActive page desk production'] },
      ],
    );
  });

  it('are silent about a development service, and page where nobody said what the environment is', async () => {
    const story = ({ healthy, lost, returned }: RealRun['unknown']): Span[] => [span(10, healthy), span(80, lost), span(30, returned)];
    await checkAlerts(
      [target('desk:1', ...story(run.development)), target('lab:1', ...story(run.unknown))],
      [
        { atMinutes: 16, firing: ['DatabaseFallbackActive page lab unknown'] },
        {
          atMinutes: 89,
          firing: ['Active page', 'TooLong page']
            .map((name) => `DatabaseFallback${name} lab unknown`)
            .concat('DatabaseUnmergedRows ticket lab unknown'),
        },
        { atMinutes: 110, firing: ['DatabaseUnmergedRows ticket lab unknown'] },
      ],
    );
  });

  it('name the service of the target where that has such a label, as with the Prometheus Operator', async () => {
    const { healthy, lost } = run.staging;
    const named: Target = { ...target('pod-0', span(10, healthy), span(10, lost)), labels: { service: 'shop-metrics' } };
    await checkAlerts([named], [{ atMinutes: 16, firing: ['DatabaseFallbackActive page shop-metrics staging'] }]);
  });

  it('bear an instance that comes back as another environment', async () => {
    const { healthy, lost } = run.staging;
    const inProduction = { ...healthy, text: healthy.text.replace('environment="staging"', 'environment="production"') };
    await checkAlerts(targets(1, span(10, healthy), span(6, lost), span(30, inProduction)), [
      ...[15.5, 16, 16.5, 17, 18].map((atMinutes) => ({ atMinutes, firing: [ACTIVE] })),
      { atMinutes: 20, firing: [] },
      { atMinutes: 30, firing: [], pending: [] },
    ]);
  });

  describe('in a deployment', () => {
    const PODS = [0, 1, 2, 3];

    it('of a healthy service neither fire nor wait, one instance at a time', async () => {
      const { healthy } = run.production;
      const old = PODS.map((pod) => target(`old-${pod}`, span(20 + pod, healthy), span(20 - pod)));
      const fresh = PODS.map((pod) => target(`new-${pod}`, span(19 + pod), span(0.5, startingOf(healthy)), span(20.5 - pod, healthy)));
      const checkpoints = Array.from({ length: 78 }, (_, at) => at / 2 + 1).map((atMinutes) => ({ atMinutes, firing: [] }));
      await checkAlerts([...old, ...fresh], checkpoints);
    });

    it('of a healthy service that is away for 2 minutes, or restarts at the same address, are silent', async () => {
      const { healthy, unknown } = run.production;
      const recreated = [
        ...PODS.map((pod) => target(`old-${pod}`, span(20, healthy), span(22))),
        ...PODS.map((pod) => target(`new-${pod}`, span(22), span(20, healthy))),
      ];
      const checkpoints = [20, 21, 22, 23, 24, 25, 30, 41].map((atMinutes) => ({ atMinutes, firing: [], pending: [] }));
      await checkAlerts(recreated, checkpoints);
      // A counter that begins anew is no event.
      const restarted = targets(2, span(50, unknown), span(2), span(0.5, startingOf(healthy)), span(10, healthy));
      await checkAlerts(
        restarted,
        [40, 51, 52, 53, 54, 60].map((atMinutes) => ({ atMinutes, firing: [] })),
      );
    });

    it('in the midst of an outage go on waiting and firing over new instances and 2 minutes without any', async () => {
      const { healthy, lost } = run.staging;
      const old = PODS.map((pod) => target(`old-${pod}`, span(10, healthy), span(3, lost), span(30)));
      const fresh = PODS.map((pod) => target(`new-${pod}`, span(15), span(0.5, startingOf(lost)), span(5.5, lost), span(22)));
      const third = PODS.map((pod) => target(`third-${pod}`, span(23), span(20, lost)));
      await checkAlerts(
        [...old, ...fresh, ...third],
        [
          { atMinutes: 14.5, firing: [] },
          ...[15.5, 16, 17, 20, 21, 22, 22.5, 23, 24, 25, 40].map((atMinutes) => ({
            atMinutes,
            firing: atMinutes < 25 ? [ACTIVE] : [ACTIVE, UNMERGED],
          })),
        ],
      );
    });

    it('in the midst of an outage without a fallback go on, too', async () => {
      const { healthy, lost } = run.production;
      const old = PODS.map((pod) => target(`old-${pod}`, span(10, healthy), span(3.5, lost), span(20)));
      const fresh = PODS.map((pod) => target(`new-${pod}`, span(15.5), span(1, startingOf(lost)), span(17, lost)));
      await checkAlerts(
        [...old, ...fresh],
        [
          { atMinutes: 12, firing: [UNKNOWN_OUTCOMES] },
          ...[14.5, 15, 15.5, 16, 16.5, 17, 20].map((atMinutes) => ({ atMinutes, firing: [UNAVAILABLE, UNKNOWN_OUTCOMES] })),
        ],
      );
    });

    it('that leaves no instance to scrape, as one does that can’t start without PostgreSQL, are replaced by a ticket', async () => {
      const { healthy } = run.production;
      await checkAlerts(targets(2, span(10, healthy), span(90)), [
        { atMinutes: 17, firing: [], pending: [MISSING] },
        { atMinutes: 19, firing: [MISSING] },
        { atMinutes: 60, firing: [MISSING] },
        { atMinutes: 75, firing: [], pending: [] },
      ]);
    });
  });

  it('pass promtool, with a prefix too, as the metrics do', async () => {
    const prefixed = join(tempFolder(), 'alerts.yml');
    writeFileSync(prefixed, rulesFor('exprsn_'));
    for (const file of [join(MONITORING, 'alerts.yml'), prefixed]) {
      expect(await promtool(['check', 'rules', file])).toContain(`SUCCESS: ${rulesOf().length} rules found`);
    }
    for (const { text } of [run.staging.flapping, run.production.lost]) expect(await promtool(['check', 'metrics'], text)).toBe('');
  });
});

/** What a process answers before it has asked PostgreSQL for the first time. */
function startingOf({ text, atSeconds }: Frame): Frame {
  const lines = text.split('\n').map((line) => {
    if (line.startsWith('#') || line === '' || line.startsWith('database_info')) return line;
    return line.replace(/ \S+$/, /state="connecting"/.test(line) && line.startsWith('database_state') ? ' 1' : ' 0');
  });
  return { text: lines.join('\n'), atSeconds };
}

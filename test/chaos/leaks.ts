import { openFiles } from '../support/open-files.js';
import { waitFor } from '../support/wait-for.js';

/** What keeps a process alive, and a service must give back. Immediates come and go by themselves. */
const GUARDED = ['TCPSocketWrap', 'TCPServerWrap', 'TCPConnectWrap', 'GetAddrInfoReqWrap', 'PipeServerWrap', 'ProcessWrap', 'Timeout'];

/** Notes what is open now; `left` resolves to what is open besides when the time for closing is over. */
export function watchResources(): { left(closingMs?: number): Promise<string[]> } {
  const before = countResources();
  const files = new Set(openFiles().map(({ fd, target }) => `${fd} ${target}`));
  const more = (): string[] => [
    ...GUARDED.flatMap((type) => ((countResources().get(type) ?? 0) > (before.get(type) ?? 0) ? [`a ${type} is still there`] : [])),
    ...openFiles().flatMap(({ fd, target, description }) => (files.has(`${fd} ${target}`) ? [] : [`${description} is still open`])),
  ];
  return {
    left: async (closingMs = 5_000) => {
      await waitFor(() => more().length === 0, { timeoutMs: closingMs, what: 'everything to be closed' }).catch(() => undefined);
      return more();
    },
  };
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

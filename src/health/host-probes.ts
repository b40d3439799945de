import { classifyFailure, isConfigurationFailure } from '../databases/connection-failure.js';
import type { Hosts, StrangeCluster } from '../databases/hosts.js';
import { textOf } from '../error-text.js';
import type { Prober } from '../failover/supervisor-parts.js';
import { type HostAddress, shownHost } from '../options/primary-hosts.js';
import { firstFit } from './first-fit.js';
import { HostProbe, type HostProbeParts } from './host-probe.js';
import type { ProbeAnswer } from './probe.js';

/** A host that answers well is not held up for longer than this by one that stands before it in the list. */
export const EARLIER_HOST_MS = 500;
/** A current host that is silent for this part of a probe's deadline has the others asked, so that one deadline is enough for both. */
export const SILENT_PART = 0.5;

/** Who hears of what was not asked for. */
export interface ProberEars {
  /** The kept connection to the host in use was ended by the other side. */
  readonly onLost: () => void;
  readonly onStrange: (error: StrangeCluster) => void;
}

interface Parts extends HostProbeParts, ProberEars {
  readonly hosts: Hosts;
  /** True where a read-only server is as good as any. */
  readonly takesReadOnly: boolean;
  readonly tables: () => readonly { schema: string | undefined; table: string }[];
}

interface Terms {
  readonly deadlineMs: number;
  readonly holdsProcess: boolean;
}

/** What one host said. */
type Finding =
  | { readonly fit: boolean; readonly address: HostAddress; readonly answer: ProbeAnswer; readonly identifier?: string | undefined }
  | { readonly fit: false; readonly address: HostAddress; readonly error: unknown };

/**
 * Asks the primary where it may be one of several hosts, and notes in `Hosts` which one is to be used next.
 *
 * While a host is in use it alone is asked, and the others only if it fails, is silent or is read-only. Else all are asked at once.
 */
export class HostProbes implements Prober {
  readonly #probes: readonly HostProbe[];

  constructor(private readonly parts: Parts) {
    const { hosts, onLost } = parts;
    this.#probes = hosts.list.map((address) => {
      const isUsed = (): boolean => address === hosts.current || address === hosts.candidate;
      return new HostProbe(address, parts, () => isUsed() && onLost());
    });
  }

  /** True where the last question found another host than the current one that answers as asked. */
  get elsewhere(): boolean {
    const { candidate, current } = this.parts.hosts;
    return candidate !== undefined && candidate !== current;
  }

  async ask(deadlineMs: number, { holdsProcess, stay = false }: { holdsProcess: boolean; stay?: boolean }): Promise<ProbeAnswer> {
    const { hosts } = this.parts;
    const isCurrentMeant = stay || hosts.list.length === 1;
    hosts.choose(undefined);
    try {
      const terms = { deadlineMs, holdsProcess };
      return this.#answerOf(isCurrentMeant ? await this.#askCurrent(terms) : await this.#askAll(terms));
    } finally {
      const kept = isCurrentMeant ? [hosts.current, hosts.candidate] : [hosts.candidate];
      for (const probe of this.#probes) if (!kept.includes(probe.address)) probe.drop();
    }
  }

  missingTables(deadlineMs: number): Promise<string[]> {
    const { tables } = this.parts;
    return this.#current.run(deadlineMs, (probe, restMs) => probe.missingTables(tables(), restMs));
  }

  drop(): void {
    for (const probe of this.#probes) probe.drop();
  }

  get #current(): HostProbe {
    const { current } = this.parts.hosts;
    return this.#probes.find(({ address }) => address === current) as HostProbe;
  }

  async #askCurrent(terms: Terms): Promise<Finding> {
    const { clock } = this.parts;
    const current = this.#current;
    const startedAtMs = clock.nowMs();
    const asked = this.#find(current, terms, false);
    const others = this.#probes.filter((probe) => probe !== current);
    if (others.length === 0 || (await this.#unlessSilent(asked, terms))?.fit) return await asked;
    const restMs = Math.max(1, terms.deadlineMs - (clock.nowMs() - startedAtMs));
    const elsewhere = this.#firstFit(others, { ...terms, deadlineMs: restMs });
    const finding = await asked;
    if (!finding.fit) this.#choose((await elsewhere).found);
    return finding;
  }

  async #askAll(terms: Terms): Promise<Finding> {
    const { found, others } = await this.#firstFit(this.#probes, terms);
    if (found === undefined) throw this.#noneIsFit(others);
    this.#choose(found);
    return found;
  }

  #choose(found: Finding | undefined): void {
    if (found !== undefined && 'answer' in found) this.parts.hosts.choose(found.address, found.identifier);
  }

  async #firstFit(probes: readonly HostProbe[], terms: Terms): Promise<{ found: Finding | undefined; others: Finding[] }> {
    const others: Finding[] = [];
    const asked = probes.map((probe) => this.#find(probe, terms, true));
    const found = await firstFit(asked, EARLIER_HOST_MS, this.parts.clock, terms);
    if (found === undefined) others.push(...(await Promise.all(asked)));
    return { found, others };
  }

  /** Never rejects. */
  async #find(probe: HostProbe, terms: Terms, identify: boolean): Promise<Finding> {
    const { address } = probe;
    try {
      const { answer, identifier } = await probe.ask(terms.deadlineMs, terms, identify);
      this.#refuseStrange(address, identifier);
      return { address, answer, identifier, fit: this.parts.takesReadOnly || !answer.readOnly };
    } catch (error) {
      return { address, error, fit: false };
    }
  }

  /** Hosts of different clusters, listed by mistake, hold different rows. */
  #refuseStrange(address: HostAddress, identifier: string | undefined): void {
    const { hosts, onStrange } = this.parts;
    const strangeness = hosts.strangeness(address, identifier);
    if (strangeness === undefined) return;
    onStrange(strangeness);
    throw strangeness;
  }

  #answerOf(finding: Finding): ProbeAnswer {
    if ('error' in finding) throw finding.error;
    const { answer, fit } = finding;
    return { ...answer, readOnly: !fit };
  }

  /** Resolves to nothing where there is no answer in a part of the deadline. */
  async #unlessSilent(asked: Promise<Finding>, { deadlineMs, holdsProcess }: Terms): Promise<Finding | undefined> {
    let cancel: () => void = () => undefined;
    const silence = new Promise<undefined>((resolve) => {
      const timer = this.parts.clock.setTimer(() => resolve(undefined), deadlineMs * SILENT_PART, { holdsProcess });
      cancel = () => timer.cancel();
    });
    const first = await Promise.race([asked, silence]);
    cancel();
    return first;
  }

  /** One error for all hosts. What waiting may cure is the more telling cause: then it is worth to ask again soon. */
  #noneIsFit(findings: readonly Finding[]): Error {
    const errors = findings.map((finding) => ('error' in finding ? finding.error : readOnly(finding.address)));
    const cause = errors.find((error) => !isConfigurationFailure(classifyFailure(error).kind)) ?? errors[0];
    const said = findings.map(({ address }, index) => `${shownHost(address)}: ${textOf(errors[index])}`);
    return new Error(`none of the hosts can be used: ${said.join('; ')}`, { cause });
  }
}

/** As the server's own error for a write to it. */
const readOnly = (address: HostAddress): Error =>
  Object.assign(new Error(`${shownHost(address)} is read-only, and primary.targetSessionAttrs is 'read-write'`), { code: '25006' });

import type { Hosts } from '../databases/hosts.js';
import { HostProbe, type HostProbeParts } from './host-probe.js';
import type { Probe } from './probe.js';

/** Asks the host in use on a connection of its own: what fails here does not touch the kept one of the probes. */
export class HostAsker {
  #probe: HostProbe | undefined;

  constructor(
    private readonly hosts: Hosts,
    private readonly parts: HostProbeParts,
  ) {}

  run<Answer>(deadlineMs: number, question: (probe: Probe, deadlineMs: number) => Promise<Answer>): Promise<Answer> {
    const { current } = this.hosts;
    if (this.#probe?.address !== current) this.drop();
    this.#probe ??= new HostProbe(current, this.parts, () => undefined);
    return this.#probe.run(deadlineMs, question);
  }

  drop(): void {
    this.#probe?.drop();
    this.#probe = undefined;
  }
}

import { type HostAddress, shownHost } from '../options/primary-hosts.js';

/** A server that answers, but holds another database cluster than the one that was used first. */
export class StrangeCluster extends Error {
  readonly code = 'STRANGE_CLUSTER';
}

interface Cluster {
  readonly address: HostAddress;
  readonly identifier: string;
}

/**
 * Which of several hosts is used. Only what was found is stored here: who asks them is `health/host-probes.ts`, who decides to leave
 * one is `failover/next-state.ts`.
 */
export class Hosts {
  #current: HostAddress;
  #candidate: { readonly address: HostAddress; readonly identifier: string | undefined } | undefined;
  #cluster: Cluster | undefined;

  /** @param list in the order in which they are wanted; not empty */
  constructor(readonly list: readonly HostAddress[]) {
    this.#current = list[0] as HostAddress;
  }

  /** The host of the latest instance; before there is one, the first of the list. */
  get current(): HostAddress {
    return this.#current;
  }

  /** The host that the next instance goes to, where that is not the current one. */
  get candidate(): HostAddress | undefined {
    return this.#candidate?.address;
  }

  /** Notes which host answered as asked; `undefined` where none but the current one is to be used. */
  choose(address: HostAddress | undefined, identifier?: string): void {
    this.#candidate = address === undefined ? undefined : { address, identifier };
  }

  /** The host for an instance that is made now. The first one's cluster is the one that all others must belong to. */
  take(): HostAddress {
    const { address, identifier } = this.#candidate ?? { address: this.#current };
    this.#candidate = undefined;
    this.#current = address;
    if (identifier !== undefined) this.#cluster ??= { address, identifier };
    return address;
  }

  /** What is wrong with a host of this system identifier; nothing where either identifier is not known. */
  strangeness(address: HostAddress, identifier: string | undefined): StrangeCluster | undefined {
    const first = this.#cluster;
    if (first === undefined || identifier === undefined || identifier === first.identifier) return undefined;
    return new StrangeCluster(
      `${shownHost(address)} holds another database cluster (system identifier ${identifier}) than ${shownHost(first.address)} ` +
        `(${first.identifier}), which was used first; it is not used. All of primary.hosts must be one primary and its standbys`,
    );
  }
}

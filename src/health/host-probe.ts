import type { Clock } from '../clock.js';
import { isPasswordRefused } from '../databases/connection-failure.js';
import type { PasswordSource } from '../databases/password-source.js';
import type { HostAddress } from '../options/primary-hosts.js';
import { Probe, type ProbeAnswer, type ProbeTarget } from './probe.js';

/** How one host is asked: as whom, and with which password. */
export interface HostProbeParts {
  readonly target: Omit<ProbeTarget, 'host' | 'port' | 'password'>;
  /** A source where a function of the program's gives it. */
  readonly password: string | PasswordSource | undefined;
  readonly clock: Clock;
}

/** What a host said, and which cluster it holds where that was asked and may be known. */
export interface IdentifiedAnswer {
  readonly answer: ProbeAnswer;
  readonly identifier: string | undefined;
}

/** The probe of one host, which asks for the password at each fresh connection. */
export class HostProbe {
  readonly #probe: Probe;
  readonly #clock: Clock;
  readonly #passwords: PasswordSource | undefined;
  #given: string | undefined;
  #waitsForPassword = false;
  #drops = 0;

  constructor(
    readonly address: HostAddress,
    { target, password, clock }: HostProbeParts,
    onLost: () => void,
  ) {
    this.#clock = clock;
    const isConstant = typeof password === 'string' || password === undefined;
    this.#passwords = isConstant ? undefined : password;
    this.#probe = new Probe({ ...target, ...address, password: isConstant ? password : () => this.#password(password) }, clock, onLost);
  }

  /** Asks whether the host is well, and which cluster it holds where `identify` wants to know. */
  async ask(deadlineMs: number, terms: { holdsProcess: boolean }, identify: boolean): Promise<IdentifiedAnswer> {
    const drops = this.#drops;
    const answer = await this.run(deadlineMs, (probe, restMs) => probe.ask(restMs, terms));
    // Who was dropped meanwhile is not wanted any more, and must not connect again.
    if (!identify || drops !== this.#drops) return { answer, identifier: undefined };
    return { answer, identifier: await this.run(deadlineMs, (probe, restMs) => probe.systemIdentifier(restMs, terms)) };
  }

  /** Runs a question within the deadline; once more where the password was refused, or came too late for it. */
  async run<Answer>(deadlineMs: number, question: (probe: Probe, deadlineMs: number) => Promise<Answer>): Promise<Answer> {
    const startedAtMs = this.#clock.nowMs();
    const drops = this.#drops;
    this.#given = undefined;
    this.#waitsForPassword = false;
    try {
      return await question(this.#probe, deadlineMs);
    } catch (error) {
      const restMs = await this.#mendPassword(error, deadlineMs, startedAtMs);
      if (drops !== this.#drops) throw error;
      return await question(this.#probe, restMs);
    }
  }

  drop(): void {
    this.#drops += 1;
    this.#probe.drop();
  }

  /** Throws on, unless the password was what was missing and can be had. Resolves to the time for another try. */
  async #mendPassword(error: unknown, deadlineMs: number, startedAtMs: number): Promise<number> {
    if (this.#waitsForPassword) {
      // A server that asked for the password is there: the time that the program's function takes must not make it a black hole.
      await this.#passwords?.current();
      return deadlineMs;
    }
    if (this.#given === undefined || !isPasswordRefused(error)) throw error;
    this.#passwords?.refused(this.#given);
    return Math.max(1, deadlineMs - (this.#clock.nowMs() - startedAtMs));
  }

  async #password(passwords: PasswordSource): Promise<string> {
    this.#waitsForPassword = true;
    try {
      return (this.#given = await passwords.current());
    } finally {
      this.#waitsForPassword = false;
    }
  }
}

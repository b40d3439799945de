/** What a cached plan was made for. */
interface Entry<Plan> {
  /** The literals whose values it holds for, with these values. */
  readonly fixed: readonly (readonly [slot: number, value: string])[];
  readonly plan: Plan;
}

const MAX_TEXTS = 1_000;
/** A longer text, a bulk insert most likely, would push out many for one that does not come again. */
const MAX_KEY_CHARACTERS = 20_000;
const MAX_VARIANTS = 16;
/** Of all keys together: a plan takes some ten times as much as its text. */
const MAX_CHARACTERS = 1_000_000;

/** Keeps the plans that were used last. One cache belongs to one catalog. */
export class PlanCache<Plan> {
  /** In the order of use, oldest first: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Entry<Plan>[]>();
  #characters = 0;

  get(key: string, literals: readonly string[]): Plan | undefined {
    const entries = this.#entries.get(key);
    const entry = entries?.find(({ fixed }) => fixed.every(([slot, value]) => literals[slot] === value));
    if (entries === undefined || entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entries);
    return entry.plan;
  }

  set(key: string, literals: readonly string[], fixedSlots: Iterable<number>, plan: Plan): void {
    if (key.length > MAX_KEY_CHARACTERS) return;
    const fixed = [...fixedSlots].map((slot) => [slot, literals[slot] ?? ''] as const);
    const entries = this.#entries.get(key) ?? [];
    this.#entries.set(key, [{ fixed, plan }, ...entries.slice(0, MAX_VARIANTS - 1)]);
    this.#characters += key.length;
    if (entries.length >= MAX_VARIANTS) this.#characters -= key.length;
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [key, entries] of this.#entries) {
      if (this.#entries.size <= MAX_TEXTS && this.#characters <= MAX_CHARACTERS) return;
      this.#entries.delete(key);
      this.#characters -= key.length * entries.length;
    }
  }
}

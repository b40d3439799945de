import type { Switch } from './supervisor-parts.js';

/** Looks whether the storage of an active fallback is still there, once at a time. */
export class FallbackCheck {
  #underWay = false;

  constructor(
    private readonly activations: Switch,
    private readonly failed: (error: unknown) => void,
  ) {}

  look(): void {
    const { active } = this.activations;
    if (active?.role !== 'fallback' || active.check === undefined || this.#underWay) return;
    this.#underWay = true;
    void active
      .check()
      .catch((error: unknown) => {
        if (active === this.activations.active && active.lost === undefined) this.failed(error);
      })
      .finally(() => {
        this.#underWay = false;
      });
  }
}

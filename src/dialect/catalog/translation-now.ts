import { InlineTranslation } from '../translate/inline.js';
import type { Catalog } from './catalog.js';

/** A translation that is carried out at once, and so knows the time: that of its transaction's begin, in microseconds, where it is in one. */
export class TranslationNow extends InlineTranslation {
  constructor(
    catalog: Catalog,
    private readonly nowMicros = Date.now() * 1_000,
  ) {
    super(catalog);
  }

  override now(): string {
    return String(this.nowMicros);
  }
}

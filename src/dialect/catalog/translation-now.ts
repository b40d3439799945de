import { InlineTranslation } from '../translate/inline.js';

/** A translation that is carried out at once, and so knows the time. */
export class TranslationNow extends InlineTranslation {
  override now(): string {
    return String(Date.now() * 1_000);
  }
}

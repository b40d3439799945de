import { hashOf, shapeOf } from './shape.js';

/** So many shapes of statements are kept apart; a program that has more makes new ones all the time. */
const MAX_SHAPES = 5_000;
/** Of a shape whose answer depends on its values, so many values are examined. */
const MAX_VARIANTS = 50;

/** Which statements were examined already. */
export class Shapes {
  /** With the values that were examined, where the answer depends on them. */
  readonly #examined = new Map<number, Set<number> | undefined>();
  #leftOut = 0;

  /** How many shapes were examined. */
  get size(): number {
    return this.#examined.size;
  }

  /** How many statements were not examined because there were too many shapes before. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Whether a text like this was not examined yet. */
  isNew(text: string): boolean {
    const shape = shapeOf(text);
    const values = this.#examined.get(shape);
    if (values !== undefined) return values.size < MAX_VARIANTS && !values.has(hashOf(text));
    if (this.#examined.has(shape)) return false;
    if (this.#examined.size < MAX_SHAPES) return true;
    this.#leftOut += 1;
    return false;
  }

  /** As if nothing like a text had been examined. */
  forget(text: string): void {
    this.#examined.delete(shapeOf(text));
  }

  /** Examines no further values of a text's shape. */
  close(text: string): void {
    this.#examined.set(shapeOf(text), undefined);
  }

  note(text: string, dependsOnValues: boolean): void {
    const shape = shapeOf(text);
    const values = this.#examined.get(shape) ?? (dependsOnValues ? new Set() : undefined);
    this.#examined.set(shape, values?.add(hashOf(text)));
  }
}

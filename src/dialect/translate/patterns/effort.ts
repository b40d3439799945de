/** How many small steps a search may take: some expressions would need more than a query can wait for. */
export class Effort {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** @returns false where too much has been spent */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}

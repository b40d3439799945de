/** An object without some of its entries. */
export function without<T extends object, K extends string>(object: T, names: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name as K))) as Omit<T, K>;
}

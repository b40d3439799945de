/** A call's promise, also where it throws at once or (an override of the program's) returns no promise. */
export function settled<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.resolve().then(() => {
      throw error;
    });
  }
}

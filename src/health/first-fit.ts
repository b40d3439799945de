import type { Clock, Timer } from '../clock.js';

/**
 * The first fit answer in the order of the list, or `undefined` where none is fit. The answers never reject.
 *
 * An answer that is missing holds up fit ones after it in the list for at most `patienceMs`: an earlier place is a preference, not
 * worth a whole deadline.
 */
export function firstFit<Answer extends { readonly fit: boolean }>(
  asked: readonly Promise<Answer>[],
  patienceMs: number,
  clock: Pick<Clock, 'setTimer'>,
  terms: { holdsProcess: boolean },
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const answers: (Answer | undefined)[] = asked.map(() => undefined);
    let timer: Timer | undefined;
    const decide = (known: readonly (Answer | undefined)[]): void => {
      const index = known.findIndex((answer) => answer === undefined || answer.fit);
      if (index !== -1 && known[index] === undefined) return;
      timer?.cancel();
      resolve(known[index]);
    };
    asked.forEach((question, index) => {
      void question.then((answer) => {
        answers[index] = answer;
        if (answer.fit) timer ??= clock.setTimer(() => decide(answers.filter((one) => one !== undefined)), patienceMs, terms);
        decide(answers);
      });
    });
  });
}

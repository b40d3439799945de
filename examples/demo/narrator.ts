const startedAt = performance.now();

/** Whole milliseconds since the demo began. */
export const nowMs = (): number => Math.round(performance.now() - startedAt);

/** `0.4 s`, as it stands before each line. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const paint =
  (code: number) =>
  (text: string): string =>
    colours ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = paint(1);
const dim = paint(2);
const green = paint(32);

/** A line without a time. */
export const plain = (text: string): void => {
  if (!hushed) console.log(text);
};

/** The head of a step. */
export const step = (title: string): void => plain(`\n${bold(title)}`);

/** What the demo does. */
export const tell = (text: string): void => line('  ', text);

/** What came of it. */
export const result = (text: string): void => line('  ', green(text));

/** A line that the shop itself has logged. */
export const shopLog = (text: string): void => line('  ', dim(`| ${text}`));

/** From here on nothing is told any more. */
export function hush(): void {
  hushed = true;
}

let hushed = false;

function line(indent: string, text: string): void {
  plain(`${dim(seconds(nowMs()).padStart(8))}${indent}${text}`);
}

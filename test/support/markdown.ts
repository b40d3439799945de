/** A fenced block of code, and the name that a comment `<!-- run: name -->` before it gives it. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  readonly name: string | undefined;
}

/** The fenced blocks of code of a document, in their order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks = markdown.matchAll(/(?:^<!-- run: (.+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, name, language = '', text = '']) => ({ name, language, text }));
}

/** The headings of one depth (2 for `##`), as written. */
export function headings(markdown: string, depth: number): string[] {
  return [...withoutCode(markdown).matchAll(/^(#+) +(.+)$/gm)].flatMap(([, signs, text = '']) => (signs?.length === depth ? [text] : []));
}

/** What stands between a `##` heading and the next one. */
export function sectionOf(markdown: string, heading: string): string {
  const [, after = ''] = markdown.split(`\n## ${heading}\n`);
  return after.split('\n## ')[0] ?? '';
}

/** What a `#anchor` may be, as GitHub makes them of headings. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(markdown).matchAll(/^#+ +(.+)$/gm)].map(([, text = '']) => {
    const anchor = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Where the links of a document lead that are neither addresses nor code. */
export function localLinks(markdown: string): string[] {
  const links = withoutCode(markdown)
    .replaceAll(/`[^`\n]*`/g, '')
    .matchAll(/\]\(([^()\s]+)\)/g);
  return [...links].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** The cells of the rows of each table whose head begins with these cells. */
export function tableRows(markdown: string, ...head: string[]): string[][] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, at) => {
    const cells = cellsOf(line);
    if (!head.every((cell, column) => cells[column] === cell)) return [];
    const after = lines.slice(at + 2);
    const end = after.findIndex((row) => !row.startsWith('|'));
    return after.slice(0, end === -1 ? undefined : end).map(cellsOf);
  });
}

/** What stands in backticks. */
export const codesIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const withoutCode = (markdown: string): string => markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');

const cellsOf = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

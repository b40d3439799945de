import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

interface Matcher {
  readonly metric: string;
  readonly label: string;
  /** What it is compared with; the alternatives of a regular expression. */
  readonly values: readonly string[];
}

/** What a query in PromQL asks for. */
export interface QueryFacts {
  readonly metrics: readonly string[];
  readonly matchers: readonly Matcher[];
  /** In `by (…)`, `on (…)`, `ignoring (…)`, `group_left (…)`. */
  readonly groupings: readonly string[];
}

/** Reads a query; throws where it is none. */
export function factsOf(query: string): QueryFacts {
  const text = ({ from, to }: SyntaxNode): string => query.slice(from, to);
  const metrics: string[] = [];
  const matchers: Matcher[] = [];
  const groupings: string[] = [];
  parser.parse(query).iterate({
    enter: ({ node }) => {
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${query}`);
      if (node.name === 'GroupingLabels') groupings.push(...node.getChildren('LabelName').map(text));
      if (node.name !== 'VectorSelector') return;
      const name = node.getChild('Identifier');
      if (name === null) throw new Error(`a selector without a metric: ${query}`);
      const metric = text(name);
      metrics.push(metric);
      for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
        const [label, literal] = [matcher.getChild('LabelName'), matcher.getChild('StringLiteral')];
        if (label === null || literal === null) throw new Error(`a matcher that is not understood: ${text(matcher)}`);
        matchers.push({ metric, label: text(label), values: text(literal).slice(1, -1).split('|') });
      }
    },
  });
  return { metrics, matchers, groupings };
}

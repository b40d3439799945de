import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which folders of src/ a folder may import from; each may import from those further down, never upwards. */
const LAYERS = [
  ['cli'],
  ['create-resilient-connection.ts', 'index.ts', 'testing', 'migrations', 'metrics'],
  ['composition'],
  ['resilient-connection.ts', 'narration.ts', 'migration-narration.ts'],
  ['health'],
  ['failover'],
  ['schema'],
  ['migrator'],
  ['drift'],
  ['parity'],
  ['routing'],
  ['databases'],
  ['dialect'],
  [
    'options',
    'options.ts',
    'log.ts',
    'log-events.ts',
    'hand-over.ts',
    'events.ts',
    'sequelize-internals.ts',
    'errors.ts',
    'words.ts',
    'clock.ts',
    'within.ts',
    'error-text.ts',
    'version.ts',
  ],
];

const zones = LAYERS.flatMap((layer, index) =>
  layer.map((name) => ({
    target: `./src/${name}`,
    from: LAYERS.slice(0, index)
      .flat()
      .map((upper) => `./src/${upper}`),
    message: 'Imports point downwards only (docs/architecture.md).',
  })),
).filter(({ from }) => from.length > 0);

export default defineConfig(
  { ignores: ['dist', 'coverage', 'node_modules', 'data', '**/*.cjs'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } })],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true }],
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/testing/**', 'src/migrations/**', 'src/metrics/**', 'src/cli/**'],
    rules: {
      // A second copy of what another entry holds would come into its build; the other entries stay outside (tsup.config.ts).
      // Of pure functions a second copy does no harm.
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.\\./(?!(?:migrations/)?index\\.js$|version\\.js$|metrics/prefix\\.js$|dialect/full-text/)',
              allowTypeImports: true,
            },
          ],
        },
      ],
    },
  },
  { files: ['test/**', 'examples/**', 'eslint.config.js'], rules: { 'max-lines-per-function': 'off' } },
  {
    // A case hands over whatever Sequelize gave, to be compared.
    files: ['test/contract/**'],
    rules: {
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_$' }],
    },
  },
);

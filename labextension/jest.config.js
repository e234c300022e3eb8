const jupyterLab = require('@jupyterlab/testing/lib/jest-config')(__dirname);

module.exports = {
  ...jupyterLab,
  reporters: ['default'],
  testRegex: 'src/__tests__/.*\\.spec\\.tsx?$',
  transform: {
    ...jupyterLab.transform,
    // Types are checked by `npm run lint`; here the files are only translated.
    '^.+\\.tsx?$': ['ts-jest/legacy', { tsconfig: './tsconfig.test.json' }]
  },
  // Of the packages that are no CommonJS.
  transformIgnorePatterns: [
    '/node_modules/(?!(@jupyter|@jupyterlab|lib0|y\\-|yjs|nanoid|vscode|color|exenv|@codemirror|@marijn|@microsoft)).+'
  ]
};

// A simulator with a mutant names it in its reports, its drawings and the commands that it prints.
import { inModule, type Patch } from './mutant.ts'

const commandLine = inModule('packages/testkit/src/shrinking/command-line.ts')
const drawing = inModule('packages/testkit/src/drawing/index.ts')
const report = inModule('packages/testkit/src/commands/report.ts')
const walReport = inModule('packages/oarlock/test/wal/simulation/report.ts')

/** They are no bugs, so a hunt need not load them. */
export const labelsOf = (mutant: string): readonly Patch[] => [
  commandLine.patch('`npm run sim -- ', `\`npm run sim -- --mutant ${mutant} `),
  drawing.patch(`\`Seed \${seed}`, `\`Seed \${seed}, mutant ${mutant}`),
  drawing.patch('subject: file.title,', `subject: \`\${file.title}, with mutant ${mutant}\`,`),
  walReport.patch('`npm run sim:wal -- ', `\`npm run sim:wal -- --mutant ${mutant} `),
  report.patch(`\${bold(String(seed))}: `, `\${bold(String(seed))}, mutant ${mutant}: `),
]

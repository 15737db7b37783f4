// The output of the command, in the form of the testkit's.
import { styleText } from 'node:util'
import { grouped } from '../../../../testkit/src/telling/index.ts'
import { checkers } from './oracle.ts'
import type { LogStoreRun } from './simulation.ts'

const red = (text: string): string => styleText('red', text)
const green = (text: string): string => styleText('green', text)
const dim = (text: string): string => styleText('dim', text)
const bold = (text: string): string => styleText('bold', text)

export function outcome({ seed, violation, operations }: LogStoreRun): string {
  if (violation === null) return `${green('✓')} seed ${bold(String(seed))}: ${grouped(operations)} operations`
  const { checker, message } = violation
  return [
    `${red('✗')} seed ${bold(String(seed))}: ${red(bold(checker))} ${message}`,
    dim(`  ${checker}: ${checkers[checker]}`),
    `broken after ${grouped(operations)} operations of the disk`,
    `replay: ${bold(`npm run sim:wal -- --seed ${seed}`)}`,
  ].join('\n')
}

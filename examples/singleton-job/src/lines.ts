// The output without a terminal: one line for each event, and one every few seconds for the progress.
import type { Run } from './run-directory.ts'
import type { Session } from './session.ts'
import { figure, seconds } from './words.ts'

const progressInterval = 5000

/** Returns a function that ends the output. */
export function printLines(run: Run, session: Session, write: (text: string) => void): () => void {
  const line = (at: number, text: string): void => write(`${seconds(at).padStart(8)}  ${text}\n`)
  const members = Object.entries(run.members).map(([id, address]) => `${id} ${address}`)
  line(0, `run ${run.cluster}: ${members.join(', ')}`)
  line(0, `input ${run.source.name}, ${figure(run.source.records)} records; output ${run.output}`)
  session.on('event', ({ at, text }) => line(at, text))
  const progress = setInterval(() => {
    const { elapsed, position } = session.picture
    line(elapsed, `${figure(position)} of ${figure(run.source.records)} records`)
  }, progressInterval)
  return () => clearInterval(progress)
}

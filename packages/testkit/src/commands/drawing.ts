// The file that a picture goes into: looked at before the run is made, since that may take its time.
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const refused = (file: string, why: string): RangeError => new RangeError(`--draw ${file}: ${why}`)

/** Throws a RangeError where there can be no such file; returns what writes it. */
export function drawingInto(file: string): (picture: string) => void {
  const folder = dirname(file)
  if (!existsSync(folder)) throw refused(file, `there is no folder ${folder}`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw refused(file, 'that is a folder')
  const unlessDenied = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      throw refused(file, `it cannot be written (${(error as Error).message})`)
    }
  }
  unlessDenied(() => accessSync(existsSync(file) ? file : folder, constants.W_OK))
  return (picture) => unlessDenied(() => writeFileSync(file, picture))
}

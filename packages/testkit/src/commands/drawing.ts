// The file for a drawing. It is checked before the run, which may take long.
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const refused = (file: string, why: string): RangeError => new RangeError(`--draw ${file}: ${why}`)

/** Returns a function that writes the file. Throws a RangeError if it cannot be written. */
export function drawingInto(file: string): (picture: string) => void {
  const folder = dirname(file)
  if (!existsSync(folder)) throw refused(file, `there is no folder ${folder}`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw refused(file, 'it is a folder')
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

// Where the scenario files are: beside the sources, and in the published package, in scenarios/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseScenario, type ScenarioFile } from './format.ts'

const folder = new URL('../../scenarios/', import.meta.url)

const placeOf = (name: string): string => fileURLToPath(new URL(`${name}.txt`, folder))

/** Without their extension, in the order of the alphabet. */
export function scenarioNames(): string[] {
  return readdirSync(fileURLToPath(folder))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -'.txt'.length))
    .sort()
}

/** Throws {@link ScenarioError} for a file that cannot be understood. */
export function readScenario(name: string): ScenarioFile {
  return parseScenario(name, readFileSync(placeOf(name), 'utf8'))
}

export function writeScenario(name: string, text: string): void {
  writeFileSync(placeOf(name), text)
}

// The scenario files: in scenarios/, beside the sources and in the published package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseScenario, type ScenarioFile } from './format.ts'

const folder = new URL('../../scenarios/', import.meta.url)

const placeOf = (name: string): string => fileURLToPath(new URL(`${name}.txt`, folder))

/** The names of the files, without extension, sorted. */
export function scenarioNames(): string[] {
  return readdirSync(fileURLToPath(folder))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -'.txt'.length))
    .sort()
}

/** Throws {@link ScenarioError} for an invalid file. */
export function readScenario(name: string): ScenarioFile {
  return parseScenario(name, readFileSync(placeOf(name), 'utf8'))
}

export function writeScenario(name: string, text: string): void {
  writeFileSync(placeOf(name), text)
}

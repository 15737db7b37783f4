// The repository must work on every machine, so it must not contain paths of one machine or addresses of a
// registry.
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles, root } from './files.ts'

const personal = /(?<![\w.~$}-])\/(?:root|home|Users|tmp|work)\//
const registry = /https?:\/\/[^\s"'`]*(?:registry|npmjs\.(?:org|com)|npmmirror)/

/** The lines of a text that a check rejects, as 'line: text'. */
const offending = (text: string, objects: (line: string) => boolean) =>
  text.split('\n').flatMap((line, at) => (objects(line) ? [`${at + 1}: ${line.trim().slice(0, 120)}`] : []))

/** The folder in which raftq's own example stores its data. The example stays as it was published. */
const publishedFolder = `/${'tmp'}/raftq`
const withoutPublished = (path: string) =>
  path.startsWith('examples/raftq-express/') ? read(path).replaceAll(publishedFolder, '') : read(path)

const own = [homedir(), dirname(root)].filter((path) => path.length > 5)
const namesMachine = (line: string) => personal.test(line) || own.some((path) => line.includes(path))
const namesRegistry = (line: string) => registry.test(line)

describe('the checks see', () => {
  it.each([
    'cd /' + 'home/ann/oarlock',
    `"/${'tmp'}/x"`,
    `file:///${'root'}/x`,
    `${dirname(root)}/else/where/`,
  ])('a path of a machine: %s', (line) => expect(namesMachine(line)).toBe(true))
  it.each(['https:/' + '/registry.example.org/x', 'https:/' + '/www.npmjs.com/package/x'])(
    'an address of a registry: %s',
    (line) => expect(namesRegistry(line)).toBe(true),
  )
  it.each(['./tmp/x', 'https://oarlock.example/home/page', '#!/usr/bin/env bash'])(
    'nothing wrong with: %s',
    (line) => expect(namesMachine(line) || namesRegistry(line)).toBe(false),
  )
})

describe('the repository', () => {
  const files = repositoryFiles().filter((path) => !path.endsWith('package-lock.json'))
  const every = (objects: (line: string) => boolean) =>
    files.flatMap((path) => offending(withoutPublished(path), objects).map((line) => `${path}:${line}`))

  it('has files to check', () => expect(files).toContain('package.json'))
  it('contains no path of a machine', () => expect(every(namesMachine)).toEqual([]))
  it('contains no address of a registry', () => expect(every(namesRegistry)).toEqual([]))
})

describe('package-lock.json', () => {
  interface Locked {
    readonly resolved?: string
    readonly integrity?: string
    readonly link?: boolean
  }
  const packages = Object.entries(
    (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages,
  )

  it('contains no address of a registry', () => {
    expect(packages.filter(([, { resolved = '', link }]) => !link && resolved !== '')).toEqual([])
    expect(offending(read('package-lock.json'), namesRegistry)).toEqual([])
  })
  it('pins the content of every package', () => {
    const unpinned = packages.filter(
      ([path, { integrity, link }]) => path.includes('node_modules/') && !link && !integrity,
    )
    expect(unpinned).toEqual([])
  })
})

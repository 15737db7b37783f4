import { describe, expect, it } from 'vitest'
import { circlesIn, folderCirclesIn, importsOfCircle } from './circles.ts'
import { type Entries, entriesOf, graphOf } from './graph.ts'

/** The graph of files with these texts. */
const planted = (files: Record<string, string>, entries: Entries = new Map()) =>
  graphOf(Object.keys(files), entries, (file) => files[file]!)

describe('a circle of files', () => {
  it('of two is found', () => {
    const graph = planted({
      'p/a.ts': "import './b.ts'",
      'p/b.ts': "import './a.ts'",
      'p/c.ts': "import './a.ts'",
    })
    expect(circlesIn(graph)).toEqual([['p/a.ts', 'p/b.ts']])
  })

  it('of types only is found', () => {
    const graph = planted({
      'p/a.ts': "import type { B } from './b.ts'",
      'p/b.ts': "export type B = import('./a.ts').A",
    })
    expect(circlesIn(graph)).toEqual([['p/a.ts', 'p/b.ts']])
  })

  it('through other folders is found, and so is a second one', () => {
    const graph = planted({
      'p/a.ts': "import './q/b.ts'",
      'p/q/b.ts': "import './r/c.ts'",
      'p/q/r/c.ts': "import '../../a.ts'",
      'p/x.ts': "export * from './y.ts'",
      'p/y.ts': "export * from './x.ts'",
    })
    expect(circlesIn(graph)).toEqual([
      ['p/a.ts', 'p/q/b.ts', 'p/q/r/c.ts'],
      ['p/x.ts', 'p/y.ts'],
    ])
  })

  it('through the name of a package is found', () => {
    const exports = { './sub': { '@oarlock/source': './src/sub.ts' }, './*': './more/*.ts' }
    const files = {
      'packages/p/src/sub.ts': "import '../../q/a.ts'",
      'packages/p/more/b.ts': "import '../src/sub.ts'",
      'packages/q/a.ts': "import '@o/p/sub'\nimport '@o/p/b'",
    }
    const entries = entriesOf([['packages/p', { name: '@o/p', exports }]], Object.keys(files))
    expect(circlesIn(planted(files, entries))).toEqual([Object.keys(files).toSorted()])
  })

  it('is none where two ways lead to one file', () => {
    const graph = planted({
      'a.ts': "import './b.ts'\nimport './c.ts'",
      'b.ts': "import './d.ts'",
      'c.ts': "import './d.ts'",
      'd.ts': "// import './a.ts'",
    })
    expect(circlesIn(graph)).toEqual([])
  })
})

describe('a circle of folders', () => {
  const files = { 'p/log/a.ts': '', 'p/log/b.ts': '', 'p/quorum/c.ts': '', 'p/quorum/d.ts': '' }

  it('is found where no file is in a circle', () => {
    const graph = planted({
      ...files,
      'p/log/a.ts': "import '../quorum/c.ts'",
      'p/quorum/d.ts': "import '../log/b.ts'",
    })
    expect(circlesIn(graph)).toEqual([])
    expect(folderCirclesIn(graph, 'p')).toEqual([['p/log/', 'p/quorum/']])
  })

  it('is found between a folder and a file beside it', () => {
    const graph = planted({ ...files, 'p/x.ts': "import './log/a.ts'", 'p/log/b.ts': "import '../x.ts'" })
    expect(folderCirclesIn(graph, 'p')).toEqual([['p/log/', 'p/x.ts']])
  })

  it('is found within a folder', () => {
    const graph = planted({
      'p/q/r/a.ts': "import '../s/c.ts'",
      'p/q/r/b.ts': '',
      'p/q/s/c.ts': '',
      'p/q/s/d.ts': "import '../r/b.ts'",
    })
    expect(folderCirclesIn(graph, 'p')).toEqual([['p/q/r/', 'p/q/s/']])
  })

  it('is none where one file uses the folders and another is used by them', () => {
    const graph = planted({
      ...files,
      'p/index.ts': "import './log/a.ts'\nimport './quorum/c.ts'",
      'p/log/a.ts': "import '../types.ts'",
      'p/quorum/c.ts': "import '../log/b.ts'\nimport '../types.ts'",
      'p/types.ts': '',
    })
    expect(folderCirclesIn(graph, 'p')).toEqual([])
  })
})

it('the imports of a circle are shown, one for each way', () => {
  const graph = planted({
    'p/q/a.ts': "import '../x.ts'",
    'p/q/b.ts': "import './a.ts'",
    'p/x.ts': "import './q/b.ts'\nimport './y.ts'",
    'p/y.ts': '',
  })
  expect(importsOfCircle(graph, ['p/q/', 'p/x.ts'])).toEqual(['p/q/a.ts → p/x.ts', 'p/x.ts → p/q/b.ts'])
})

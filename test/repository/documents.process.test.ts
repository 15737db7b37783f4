// The TypeScript in the documents works: every ```ts block must compile against the packages, as a separate
// file. A block under <!-- run --> must also run, in its own process, with exit code 0. Under <!-- run with etcd -->
// it has the hosts of a real one in ETCD_HOSTS.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read, repositoryFiles, root } from './files.ts'

interface Block {
  readonly document: string
  /** The line of the document where the code begins, from 1. */
  readonly line: number
  readonly code: string
  readonly runs: boolean
  readonly runsWithEtcd: boolean
  /** The name of its file. */
  readonly file: string
}

function blocksOf(document: string): Block[] {
  const lines = read(document).split('\n')
  const blocks: Block[] = []
  let before = '' // the last line that is not empty
  for (let at = 0; at < lines.length; at++) {
    const fence = /^\s*```(\S*)/.exec(lines[at] ?? '')
    if (!fence) {
      before = lines[at]?.trim() || before
      continue
    }
    const end = lines.findIndex((line, i) => i > at && /^\s*```\s*$/.test(line))
    const line = at + 2
    if (fence[1] === 'ts' || fence[1] === 'typescript') {
      const file = `${document.replaceAll(/[^\w.]/g, '-')}-${line}.ts`
      blocks.push({
        document,
        line,
        code: lines.slice(at + 1, end).join('\n'),
        runs: before === '<!-- run -->',
        runsWithEtcd: before === '<!-- run with etcd -->',
        file,
      })
    }
    before = '```'
    at = end
  }
  return blocks
}

const documents = repositoryFiles().filter((path) =>
  /^(?:(?:packages\/[^/]+\/)?README|docs\/.*)\.md$/.test(path),
)
const blocks = documents.flatMap(blocksOf)
/** Inside the repository, so that `import 'oarlock'` finds the workspace's package. */
const project = join(root, '.cache', 'documents')
/** The types of packages that npm has not installed at the root, because only one package needs them. */
const paths = {
  '@nestjs/terminus': ['../../packages/nestjs/node_modules/@nestjs/terminus/dist/index.d.ts'],
}

/** Compiles a block for the oldest Node that is supported, which does not know `await using`. Returns the file's path. */
async function compiled(file: string): Promise<string> {
  const input = join(project, file)
  const build = await rolldown({
    input,
    external: /^(?:node:|oarlock$|@oarlock\/)/,
    platform: 'node',
    transform: { target: 'node22' },
  })
  const output = join(project, file.replace(/\.ts$/, '.js'))
  await build.write({ file: output, format: 'es' })
  await build.close()
  return output
}

describe('the documents', () => {
  const found = new Map<string, string[]>()

  beforeAll(() => {
    rmSync(project, { recursive: true, force: true })
    mkdirSync(project, { recursive: true })
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.test.json',
        include: ['*.ts'],
        compilerOptions: {
          noEmit: true,
          paths,
          // NestJS applications use decorators and parameter properties.
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
          erasableSyntaxOnly: false,
        },
      }),
    )
    // Blank lines above the code keep the document's line numbers; the export makes it a module.
    for (const { file, line, code } of blocks) {
      writeFileSync(join(project, file), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
    }
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
      cwd: project,
      encoding: 'utf8',
    })
    for (const line of stdout.split('\n').filter((text) => text.trim() !== '')) {
      const file = /^([^(]+\.ts)\(/.exec(line)?.[1] ?? 'elsewhere'
      found.set(file, [...(found.get(file) ?? []), line])
    }
  })
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it('show TypeScript in the README', () => {
    expect(blocks.filter(({ document }) => document === 'README.md')).not.toEqual([])
  })
  it('compile without errors outside their own files', () => {
    const own = new Set(blocks.map(({ file }) => file))
    expect([...found].filter(([file]) => !own.has(file))).toEqual([])
  })
  it.each(blocks)('$document:$line compiles', ({ file }) => {
    expect(found.get(file) ?? []).toEqual([])
  })
  it.each(blocks.filter(({ runs }) => runs))('$document:$line runs', ({ file }) => run(file))

  describeWithEtcd('with a real etcd', () => {
    it.each(blocks.filter(({ runsWithEtcd }) => runsWithEtcd))('$document:$line runs', async ({ file }) => {
      await using server = await EtcdServer.start()
      await run(file, { ETCD_HOSTS: server.url })
    })
  })
})

async function run(file: string, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const cwd = mkdtempSync(join(tmpdir(), 'oarlock-documents-'))
  try {
    const args = ['--conditions=@oarlock/source', await compiled(file)]
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd,
      env: { ...process.env, ...variables },
      encoding: 'utf8',
      timeout: 50_000,
    })
    expect({ status, signal }, `${stdout}${stderr}`).toEqual({ status: 0, signal: null })
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

// The report of a package's public types: packages/<name>/api.md.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { read, repositoryFiles, root } from '../files.ts'
import type { Reference } from './declaration-file.ts'
import { type Rollup, rollUp, type Shown } from './rollup.ts'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Record<string, { readonly import: { readonly types: string } }>
}

const manifestOf = (folder: string): Manifest => JSON.parse(read(`${folder}/package.json`))

/** The folders of the packages that are published. */
export const reported: readonly string[] = repositoryFiles()
  .flatMap((path) => /^packages\/[^/]+(?=\/package\.json$)/.exec(path)?.[0] ?? [])
  .filter((folder) => manifestOf(folder).private !== true)
  .toSorted()

/** Compiles the declarations that the reports are made from. A second run takes half a second. */
export function compile(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-b', ...reported], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the packages do not compile:\n${stdout}`)
}

/** Formats the declarations, because the compiler writes long lines. */
function formatted(declarations: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'format', '--stdin-file-path=api.d.ts'],
    { cwd: root, encoding: 'utf8', input: declarations },
  )
  if (status !== 0) throw new Error(`the formatter refuses the declarations:\n${stderr}`)
  return stdout.trim()
}

const textOf = (shown: readonly Shown[]): string => shown.flatMap(({ texts }) => texts).join('\n')

/** One line for each module, with the names that are imported from it. */
function listed(references: readonly Reference[]): string {
  const modules = new Set(references.map(({ specifier }) => specifier))
  return [...modules]
    .toSorted()
    .map((module) => {
      const names = references.filter(({ specifier }) => specifier === module).map(({ name }) => name)
      return `* from \`${module}\`: ${names
        .toSorted()
        .map((name) => `\`${name}\``)
        .join(', ')}`
    })
    .join('\n')
}

function page(name: string, { entries, unexported, foreign }: Rollup): string {
  const section = (title: string, text: string, code: string): string[] => [
    `## ${title}`,
    ...(text === '' ? [] : [text]),
    ...(code === '' ? [] : [`\`\`\`ts\n${code}\n\`\`\``]),
  ]
  // One run of the formatter for all blocks. A line of code that is not a declaration separates them.
  const parting = 'export {}\n'
  const codes = [...entries.map(({ declared }) => textOf(declared)), textOf(unexported)]
  const blocks = formatted(codes.map((code) => `${code}\n${parting}`).join('\n'))
    .split(/^export \{\};?$/m)
    .map((code) => code.trim().replaceAll(/^(?:export )?declare /gm, ''))
  return `${[
    `# The public types of ${name}`,
    'Made by `npm run api -- --update` from the declarations. A change here is a change that users see: review it.',
    ...entries.flatMap(({ specifier, passedOn }, at) =>
      section(`\`${specifier}\``, listed(passedOn), blocks[at]!),
    ),
    ...(unexported.length === 0 ? [] : section('Named by these types, not exported', '', blocks.at(-2)!)),
    ...(foreign.length === 0 ? [] : section('Taken from other packages', listed(foreign), '')),
  ].join('\n\n')}\n`
}

/** The file of a package's report. */
export const reportFile = (folder: string): string => `${folder}/api.md`

/** The report of the package in a folder, from its compiled declarations. */
export function reportOf(folder: string): string {
  const { name, exports } = manifestOf(folder)
  const entries = Object.entries(exports).map(
    ([subpath, entry]) => [`${name}${subpath.slice(1)}`, join(folder, entry.import.types)] as const,
  )
  return page(name, rollUp(new Map(entries), read))
}

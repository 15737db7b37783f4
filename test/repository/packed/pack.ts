// The packages as npm would publish them: built, packed, and installed into the folder of an application.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { read, repositoryFiles, root } from '../files.ts'

const manifestOf = (folder: string) => JSON.parse(read(`${folder}/package.json`))

/** The folders of the published packages. */
export const folders: readonly string[] = repositoryFiles()
  .flatMap((path) => /^packages\/[^/]+(?=\/package\.json$)/.exec(path)?.[0] ?? [])
  .filter((folder) => manifestOf(folder).private !== true)

/** One package, as `npm pack --json` describes it. */
interface Tarball {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Runs a program to its end, and returns its output. Throws if it fails. */
export function run(program: string, args: readonly string[], cwd: string = root): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

export class Packed {
  readonly #target = mkdtempSync(join(tmpdir(), 'oarlock-packed-'))
  readonly #tarballs: readonly Tarball[]
  readonly #installed: string[] = []

  constructor() {
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...folders])
    run(process.execPath, [join(root, 'scripts/commonjs.mjs'), ...folders])
    const workspaces = folders.flatMap((folder) => ['--workspace', folder])
    const packed = run('npm', [
      'pack',
      '--offline',
      '--json',
      '--pack-destination',
      this.#target,
      ...workspaces,
    ])
    this.#tarballs = JSON.parse(packed)
  }

  get count(): number {
    return this.#tarballs.length
  }

  filesOf(folder: string): readonly string[] {
    return this.#of(folder).files.map(({ path }) => path)
  }

  tarballOf(folder: string): string {
    return join(this.#target, this.#of(folder).filename)
  }

  /**
   * The folder of an application that has the packages installed. Node finds the packages that they depend on
   * in `parent`. The files are copied from `template`.
   */
  install(parent: string, template?: string): string {
    const app = join(root, parent, '.cache/app')
    rmSync(app, { recursive: true, force: true })
    this.#installed.push(app)
    if (template !== undefined) cpSync(join(root, template), app, { recursive: true })
    // The testkit is for the tests of oarlock's own parts.
    for (const folder of folders.filter((name) => name !== 'packages/testkit')) {
      const place = join(app, 'node_modules', this.#of(folder).name)
      mkdirSync(place, { recursive: true })
      // Thousands of files are slow to write, and nothing here reads the sources and the maps.
      const without = ['--exclude=package/src', '--exclude=*.map', '--strip-components=1']
      run('tar', ['-xzf', this.tarballOf(folder), '-C', place, ...without])
    }
    return app
  }

  #of(folder: string): Tarball {
    return this.#tarballs.find(({ name }) => name === manifestOf(folder).name)!
  }

  [Symbol.dispose](): void {
    for (const folder of [this.#target, ...this.#installed]) rmSync(folder, { recursive: true, force: true })
  }
}

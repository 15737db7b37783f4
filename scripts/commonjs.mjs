// Writes the CommonJS of the packages into cjs/, beside the ES modules in dist/: the same files, the same declarations.
// It runs after `tsc -b`: node scripts/commonjs.mjs packages/core …
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A program that awaits at its top level. Nothing imports it. */
const isProgram = (path) => path.endsWith('/cli.ts')

async function build(folder) {
  const sources = globSync('src/**/*.ts', { cwd: folder })
  const input = sources.filter((path) => !path.endsWith('.test.ts') && !isProgram(path))
  const bundle = await rolldown({
    cwd: folder,
    input: input.map((path) => join(folder, path)),
    // Packages, and what is CommonJS already.
    external: (id) => !/^[./]/.test(id) || id.includes('/optional/'),
    platform: 'node',
    treeshake: false,
    transform: { target: 'es2023' },
  })
  const out = join(folder, 'cjs')
  rmSync(out, { recursive: true, force: true })
  await bundle.write({
    dir: out,
    format: 'cjs',
    preserveModules: true,
    preserveModulesRoot: join(folder, 'src'),
    exports: 'named',
    esModule: true,
    // An import() that stays one needs a flag in Jest.
    dynamicImportInCjs: false,
    sourcemap: true,
  })
  await bundle.close()
  // The folder is as deep as dist/, so the maps of the declarations stay right.
  for (const path of input.map((path) => path.slice('src/'.length, -'.ts'.length)))
    for (const extension of ['.d.ts', '.d.ts.map'])
      cpSync(join(folder, 'dist', path + extension), join(out, path + extension))
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n')
}

await Promise.all(process.argv.slice(2).map((folder) => build(join(root, folder))))

// The packages that are measured: ours, and the older one if it can be installed.
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { dataFolder, register, removeFolder } from '../processes.ts'
import type { InstanceArguments } from './protocol.ts'

export interface Contender {
  readonly name: string
  /** The bars apply to our package, and none of its processes may exit by itself. */
  readonly isOurs: boolean
  /** The number of voters among this many instances. */
  voters(instances: number): number
  launch(args: InstanceArguments): ChildProcess
}

/** Many processes are started. The cache saves each from compiling the same sources. */
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(dirname(dirname(import.meta.dirname)), '.cache', 'compile'),
}

export const ours: Contender = {
  name: '@oarlock/redis',
  isOurs: true,
  voters: (instances) => Math.min(7, instances - ((instances + 1) % 2)),
  launch: (args) =>
    register(
      fork(join(import.meta.dirname, 'ours-process.ts'), [JSON.stringify(args)], {
        execArgv: ['--conditions=@oarlock/source'],
        env: environment,
      }),
    ),
}

const olderPackage = '@bonkboykz/nestjs-leader-election'
export const olderVersion = '2.1.4'

/** Installs the package and its dependencies into a temporary folder. Rejects if that fails. */
export async function installOlder(): Promise<Contender> {
  const folder = dataFolder()
  const dependencies = {
    [olderPackage]: olderVersion,
    '@nestjs/common': '^9.4.3',
    '@nestjs/core': '^9.4.3',
    'reflect-metadata': '^0.1.14',
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  try {
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev']
    await promisify(execFile)('npm', args, { cwd: folder })
  } catch (error) {
    removeFolder(folder)
    throw error
  }
  return {
    name: 'nestjs-leader-election',
    isOurs: false,
    voters: (instances) => instances,
    launch: (args) =>
      register(
        fork(join(import.meta.dirname, 'older-process.ts'), [JSON.stringify(args), folder], {
          execArgv: [],
          env: environment,
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        }),
      ),
  }
}

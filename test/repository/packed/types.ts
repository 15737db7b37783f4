// An application of NestJS that imports every subpath, checked by TypeScript as ES module and as CommonJS.

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../files.ts'

const subpaths = [
  '@oarlock/core',
  '@oarlock/etcd',
  '@oarlock/nestjs',
  '@oarlock/nestjs/bullmq',
  '@oarlock/nestjs/compat',
  '@oarlock/nestjs/node-cron',
  '@oarlock/nestjs/prometheus',
  '@oarlock/nestjs/terminus',
  '@oarlock/nestjs/testing',
  '@oarlock/raftq',
  '@oarlock/recipes',
  '@oarlock/redis',
  '@oarlock/runtime',
  '@oarlock/store',
  'oarlock',
  'oarlock/node',
  'oarlock/wire',
]

const application = `
${subpaths.map((subpath, at) => `import * as m${at} from '${subpath}'`).join('\n')}
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus'
import { type DynamicModule, Module } from '@nestjs/common'
import { type LeaderElectionService, LeaderOnly, OarlockModule } from '@oarlock/nestjs'
import { LeaderElectionModule } from '@oarlock/nestjs/compat'
import { OarlockMetricsModule } from '@oarlock/nestjs/prometheus'
import { ElectionHealthIndicator } from '@oarlock/nestjs/terminus'
import { OarlockTestingModule, type TestElection } from '@oarlock/nestjs/testing'
import { etcd, EtcdRefusedError } from '@oarlock/etcd'
import { redisElection, type RedisElection } from '@oarlock/redis'
import { type Coordinator, isOarlockError, join, type Leadership, type Member, OarlockError } from 'oarlock'

export const all: readonly object[] = [${subpaths.map((_, at) => `m${at}`).join(', ')}]

export class AppModule {}
Module({
  imports: [
    OarlockModule.forRoot({ redis: 'redis://127.0.0.1:6379' }) satisfies DynamicModule,
    OarlockTestingModule.forRoot(),
    OarlockMetricsModule.forRoot(),
    LeaderElectionModule.forRoot({ prefix: 'a' }),
  ],
  providers: [ElectionHealthIndicator],
})(AppModule)

export const health = (checks: HealthCheckService, election: ElectionHealthIndicator): Promise<HealthCheckResult> =>
  checks.check([() => election.check('election'), async () => election.check('other', { leaderless: 'down' })])

export const decorator: MethodDecorator = LeaderOnly({ otherwise: 'throw' })
export const led = (service: LeaderElectionService): Leadership | null => service.leadership
export const won = (election: TestElection): Leadership => election.win()
export const member = (): Promise<Member<unknown, unknown>> =>
  join({ id: 'a', peers: { a: '127.0.0.1:7400' }, data: './data' })
export const overRedis = (): RedisElection => redisElection({ redis: 'redis://127.0.0.1:6379', prefix: 'a' })
export const overEtcd = (): Coordinator => etcd({ hosts: 'http://127.0.0.1:2379' })
export const refused = (error: unknown): boolean => error instanceof EtcdRefusedError
export const codeOf = (error: unknown): string | null => {
  if (error instanceof OarlockError) return error.code
  return isOarlockError(error) ? error.outcome : null
}
`

export interface Consumer {
  /** The application's folder. */
  readonly folder: string
  /** TypeScript's compiler. */
  readonly tsc?: string
  readonly module: string
  readonly moduleResolution: string
  readonly files: readonly string[]
}

/** What TypeScript objects to in the application and in our declarations. */
export async function objections({
  folder,
  tsc,
  module,
  moduleResolution,
  files,
}: Consumer): Promise<string[]> {
  for (const file of files) writeFileSync(join(folder, file), application)
  const config = join(folder, `tsconfig.${moduleResolution}.json`)
  const compilerOptions = {
    module,
    moduleResolution,
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    strict: true,
    noEmit: true,
    experimentalDecorators: true,
    esModuleInterop: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files }))
  const compiler = tsc ?? join(root, 'node_modules/typescript/bin/tsc')
  const args = [compiler, '-p', config, '--pretty', 'false']
  const output = await promisify(execFile)(process.execPath, args, { cwd: folder }).then(
    () => '',
    (error: { stdout?: string }) => error.stdout ?? String(error),
  )
  // Declarations of other packages do not always suit each other.
  return output.split('\n').filter((line) => /^(?:app\.|node_modules\/@?oarlock\/|error)/.test(line))
}

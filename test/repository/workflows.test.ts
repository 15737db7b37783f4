// The workflows of .github run only on hosted machines. This test checks what it can without them: the files
// parse, they call existing scripts and files, and they have no more permissions than they need.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { read, repositoryFiles, root } from './files.ts'

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly needs?: string | readonly string[]
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly 'runs-on'?: string
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions?: Readonly<Record<string, string>>
  readonly concurrency?: object
  readonly jobs: Readonly<Record<string, Job>>
}

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

const list = (value: string | readonly string[] = []) => (typeof value === 'string' ? [value] : value)

/** The commands of a job, including those that an action gets as `script`. */
const commandsOf = ({ steps = [] }: Job): string[] =>
  steps.flatMap(({ run, with: { script } = {} }) => [
    ...(run ?? '').split(/\n|&&/),
    ...(typeof script === 'string' ? [script] : []),
  ])

function problemOfCommand(command: string): string | null {
  const script = /\bnpm (?:run ([\w:.-]+)|(test|start)\b)/.exec(command)
  const name = script?.[1] ?? script?.[2]
  if (name !== undefined && !(name in scripts)) return `there is no npm script ${name}`
  const file = /^\s*(?:node\s+)?(\.?[\w-]+\/[\w./-]+)/.exec(command)?.[1]
  if (file === undefined) return null
  if (!existsSync(join(root, file))) return `there is no file ${file}`
  const runs =
    /^\s*node/.test(command) || process.platform === 'win32' || (statSync(join(root, file)).mode & 0o111) > 0
  return runs ? null : `${file} may not be executed`
}

/** An action is pinned by its major version or by a commit; actions that may write are pinned by a commit. */
function problemOfUse(uses: string, writes: boolean): string | null {
  if (uses.startsWith('./')) return existsSync(join(root, uses)) ? null : `there is no ${uses}`
  const [action, version = ''] = uses.split('@')
  if (/^[0-9a-f]{40}$/.test(version)) return null
  if (!/^v\d+$/.test(version)) return `${uses} is not pinned`
  return writes && !action!.startsWith('actions/') ? `${uses} may write, and is not pinned by a commit` : null
}

function problemsOfJob(workflow: Workflow, name: string): string[] {
  const job = workflow.jobs[name]!
  const { steps = [], strategy, permissions = workflow.permissions ?? {} } = job
  const writes = Object.values(permissions).includes('write')
  const problems = [
    ...list(job.needs).map((needed) =>
      needed in workflow.jobs ? null : `it needs ${needed}, which is no job`,
    ),
    ...commandsOf(job).map(problemOfCommand),
    ...[job, ...steps].map(({ uses }) => (uses === undefined ? null : problemOfUse(uses, writes))),
    ...steps.map(({ uses, with: inputs }) =>
      uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false
        ? 'the checkout leaves its token behind'
        : null,
    ),
    // A value that an outsider can choose (the title of a pull request) would be run as code.
    ...steps.map(({ run = '' }) => (run.includes('${{') ? `an expression in a command: ${run}` : null)),
    ...[...JSON.stringify(job).matchAll(/matrix\.(\w+)/g)].map(([, key]) =>
      key! in (strategy?.matrix ?? {}) ? null : `matrix.${key} is not defined`,
    ),
    job.uses === undefined && job['timeout-minutes'] === undefined ? 'it may run for hours' : null,
    job.uses === undefined && job['runs-on'] === undefined ? 'it runs nowhere' : null,
  ]
  return problems.flatMap((problem) => (problem === null ? [] : [`${name}: ${problem}`]))
}

function problemsOf(workflow: Workflow): string[] {
  const { permissions, concurrency, jobs } = workflow
  return [
    ...(permissions === undefined ? ['it has every permission'] : []),
    ...(Object.values(permissions ?? {}).includes('write') ? ['every job may write'] : []),
    ...(concurrency === undefined ? ['it may run beside itself'] : []),
    ...Object.keys(jobs).flatMap((name) => problemsOfJob(workflow, name)),
  ]
}

const files = repositoryFiles().filter((path) => /^\.github\/.*\.ya?ml$/.test(path))
const workflows = files.filter((path) => path.startsWith('.github/workflows/'))
const load = (path: string) => parse(read(path)) as Workflow

describe('the files of .github', () => {
  it('exist', () => {
    expect(workflows).toEqual(['.github/workflows/ci.yml', '.github/workflows/release.yml'])
    expect(files.filter((path) => path.includes('ISSUE_TEMPLATE')).length).toBeGreaterThan(2)
  })
  it.each(files)('%s is YAML', (path) => expect(parse(read(path))).toBeTypeOf('object'))
  it.each(workflows)(
    '%s calls existing scripts and files, and has no more permissions than it needs',
    (path) => expect(problemsOf(load(path))).toEqual([]),
  )
})

describe('CI', () => {
  const { on, jobs } = load('.github/workflows/ci.yml')

  it('runs .ci/run on every supported Node', () => {
    expect(commandsOf(jobs.everything!)).toContain('.ci/run')
    expect(jobs.everything!.strategy?.matrix).toEqual({ node: [22, 24, 26] })
  })
  it('runs the unit tests on macOS and Windows', () => {
    expect(commandsOf(jobs.units!)).toContain('npm test -- --project unit')
    expect(jobs.units!.strategy?.matrix.system).toEqual(['macos-latest', 'windows-latest'])
  })
  it('can be called, and comes before a release', () => {
    expect(on).toHaveProperty('workflow_call')
    const release = load('.github/workflows/release.yml').jobs
    expect(release.ci?.uses).toBe('./.github/workflows/ci.yml')
    expect(release.mode?.needs).toBe('ci')
    for (const name of ['version', 'publish']) expect(release[name]?.needs).toBe('mode')
  })
})

describe('a workflow is rejected', () => {
  const expression = (value: string) => `$\{{ ${value} }}`
  const step = (more: Step): Workflow => ({
    on: {},
    permissions: { contents: 'read' },
    concurrency: {},
    jobs: { job: { 'runs-on': 'x', 'timeout-minutes': 1, steps: [more] } },
  })
  const job = (more: Job): Workflow => ({
    ...step({}),
    jobs: { job: { 'runs-on': 'x', 'timeout-minutes': 1, ...more } },
  })
  const write = { permissions: { contents: 'write' } }

  it('unless nothing is wrong with it', () =>
    expect(problemsOf(step({ run: 'npm test -- --project unit && .ci/run\nnpm run lint' }))).toEqual([]))

  it.each<[string, Workflow, RegExp]>([
    [
      'that calls a script that is not there',
      step({ run: 'npm ci && npm run linted' }),
      /no npm script linted/,
    ],
    ['that hands an action such a script', step({ with: { script: 'npm run none' } }), /no npm script none/],
    ['that runs a file that is not there', step({ run: '.ci/walk' }), /no file \.ci\/walk/],
    ['that runs a file that may not be executed', step({ run: 'scripts/test.mjs' }), /may not be executed/],
    ['whose action is not pinned', step({ uses: 'a/b@main' }), /not pinned/],
    ['that lets any version write', job({ ...write, steps: [{ uses: 'a/b@v1' }] }), /not pinned by a commit/],
    ['that leaves its token behind', step({ uses: 'actions/checkout@v7' }), /leaves its token/],
    [
      'that runs what an outsider chose',
      step({ run: `echo ${expression('github.head_ref')}` }),
      /an expression in a command/,
    ],
    ['whose job needs none of its jobs', job({ needs: 'other' }), /needs other/],
    [
      'whose matrix has no such key',
      job({ 'runs-on': expression('matrix.os') }),
      /matrix\.os is not defined/,
    ],
    ['that calls no workflow', job({ uses: './.github/workflows/none.yml' }), /there is no \.\/\.github/],
    ['that has every permission', { on: {}, concurrency: {}, jobs: {} }, /every permission/],
    ['all of whose jobs may write', { ...step({}), ...write }, /every job may write/],
  ])('%s', (_what, workflow, problem) => expect(problemsOf(workflow).join()).toMatch(problem))
})

// The live view for a terminal: one row for each member, the progress of the input, the fail-overs, the last
// events.
import { createLogUpdate } from 'log-update'
import type { MemberState } from './cluster.ts'
import { spread } from './recoveries.ts'
import type { Run } from './run-directory.ts'
import type { Phase, Picture, Session, SessionEvent } from './session.ts'
import { count, figure, type Paint, painter, seconds } from './words.ts'

const redrawInterval = 100
const shownEvents = 6
const shownFailovers = 5
const width = 76

/** Everything that a frame shows. */
export interface Scene {
  readonly run: Pick<Run, 'cluster' | 'source' | 'members'>
  readonly picture: Picture
  readonly events: readonly SessionEvent[]
  /** Records a second during the last few seconds. */
  readonly speed: number
  /** How many frames were drawn before. The spinner turns with it. */
  readonly frame: number
}

/** Draws until the returned function is called. The last frame stays on the screen. */
export function showView(run: Run, session: Session, stream: NodeJS.WriteStream): () => void {
  const paint = painter(stream)
  const update = createLogUpdate(stream)
  const events: SessionEvent[] = []
  const past: { readonly at: number; readonly position: number }[] = []
  let frame = 0
  session.on('event', (event) => events.push(event))
  const draw = (): void => {
    const { picture } = session
    past.push({ at: picture.elapsed, position: picture.position })
    if (past.length > 30) past.shift()
    const [first] = past
    const speed =
      first === undefined || first.at === picture.elapsed
        ? 0
        : ((picture.position - first.position) * 1000) / (picture.elapsed - first.at)
    update(drawScene({ run, picture, events: events.slice(-shownEvents), speed, frame: frame++ }, paint))
  }
  draw()
  const drawing = setInterval(draw, redrawInterval)
  return () => {
    clearInterval(drawing)
    draw()
    update.done()
  }
}

const phases: Readonly<Record<Phase, string>> = {
  starting: 'starting',
  running: 'Ctrl-C to end',
  finishing: 'finishing',
  closing: 'closing',
  over: 'over',
}

export function drawScene({ run, picture, events, speed, frame }: Scene, paint: Paint): string {
  const { members } = run
  const title = `${paint('bold', 'Oarlock')}  a singleton job on ${count(Object.keys(members).length, 'member')}, run ${run.cluster}`
  const plain = `Oarlock  a singleton job on ${count(Object.keys(members).length, 'member')}, run ${run.cluster}`
  const state = `${seconds(picture.elapsed)} · ${phases[picture.phase]}`
  return [
    '',
    ` ${title}${' '.repeat(Math.max(2, width - plain.length - state.length))}${paint('dim', state)}`,
    '',
    paint('dim', `   ${row(['member', 'address', 'role', 'term', 'applied', 'snapshot', 'fence'])}`),
    ...picture.members.map((member) =>
      drawMember(member, members[member.id] ?? '', picture.phase, paint, frame),
    ),
    '',
    ` ${label('input', paint)}${drawProgress(picture.position, run.source.records, paint)}  ${figure(Math.round(speed))}/s`,
    ` ${label('kills', paint)}${drawKills(picture, paint)}`,
    ` ${label('fail-over', paint)}${drawFailovers(picture, paint)}`,
    ` ${label('lost disks', paint)}${drawReplacements(picture, paint)}`,
    ` ${label('leaders', paint)}${drawOverlap(picture.overlap, paint)}`,
    '',
    ...Array.from({ length: shownEvents }, (_, i) => drawEvent(events[i], paint)),
    '',
  ].join('\n')
}

const label = (text: string, paint: Paint): string => paint('dim', text.padEnd(11))

function row([id = '', address = '', role = '', ...figures]: readonly string[]): string {
  const widths = [6, 10, 10, 7]
  const columns = figures.map((text, i) => text.padStart(widths[i]!))
  return `${id.padEnd(9)} ${address.padEnd(16)} ${role.padEnd(13)}${columns.join('')}`
}

const roles = {
  leader: 'leader',
  follower: 'follower',
  candidate: 'candidate',
  preCandidate: 'pre-candidate',
} as const
const spinner = ['◐', '◓', '◑', '◒']

function drawMember(
  { id, state, report, kind }: MemberState,
  address: string,
  phase: Phase,
  paint: Paint,
  frame: number,
): string {
  if (state === 'down') {
    if (phase === 'closing' || phase === 'over') return `   ${paint('dim', row([id, address, 'ended']))}`
    const why = kind === 'newcomer' ? 'disk lost' : 'killed'
    return ` ${paint('red', '✗')} ${paint('red', row([id, address, why]))}`
  }
  if (state === 'stopped') return ` ${paint('yellow', '‖')} ${paint('yellow', row([id, address, 'stopped']))}`
  if (state === 'starting' || report === null)
    return ` ${paint('cyan', spinner[frame % spinner.length]!)} ${paint('cyan', row([id, address, 'starting']))}`
  const { role, term, applied, snapshot, fence } = report
  const cells = row([
    id,
    address,
    role === null ? 'closed' : kind === 'voter' ? roles[role] : kind,
    figure(term),
    figure(applied),
    snapshot === 0 ? '–' : figure(snapshot),
    fence === null ? '–' : figure(fence),
  ])
  if (fence !== null) return ` ${paint('green', '●')} ${paint(['green', 'bold'], cells)}`
  return kind === 'voter'
    ? ` ${paint('dim', '○')} ${cells}`
    : ` ${paint('cyan', '◌')} ${paint('cyan', cells)}`
}

function drawProgress(position: number, total: number, paint: Paint): string {
  const cells = 30
  const share = total === 0 ? 1 : Math.min(1, position / total)
  const done = Math.floor(share * cells)
  const bar = paint('green', '█'.repeat(done)) + paint('dim', '░'.repeat(cells - done))
  return `${bar} ${Math.floor(share * 100)} %  ${figure(position)} of ${figure(total)}`
}

function drawKills({ recoveries }: Picture, paint: Paint): string {
  const stops = recoveries.filter(({ signal }) => signal === 'SIGSTOP').length
  const open = recoveries.filter(({ took }) => took === null).length
  const state = open === 0 ? paint('green', 'all recovered') : paint('yellow', 'no leader')
  if (recoveries.length === 0) return paint('dim', 'none yet')
  return `${recoveries.length} (${recoveries.length - stops} SIGKILL, ${stops} SIGSTOP), ${state}`
}

function drawFailovers({ recoveries }: Picture, paint: Paint): string {
  const times = recoveries.flatMap(({ took }) => took ?? [])
  const figures = spread(times)
  if (figures === null) return paint('dim', 'none yet')
  const last = times.slice(-shownFailovers).map((time) => Math.round(time))
  const [min, median, max] = [figures.min, figures.median, figures.max].map(Math.round)
  return `${last.join(', ')} ms${paint('dim', `   min ${min}, median ${median}, max ${max}`)}`
}

function drawReplacements({ replacements }: Picture, paint: Paint): string {
  const times = replacements.flatMap(({ took }) => took ?? [])
  if (replacements.length === 0) return paint('dim', 'none yet')
  const state =
    times.length === replacements.length
      ? paint('green', 'all replaced')
      : paint('yellow', `replacing ${replacements.at(-1)!.member}`)
  const figures = spread(times)
  const [min, median, max] =
    figures === null ? [] : [figures.min, figures.median, figures.max].map(Math.round)
  const range = figures === null ? '' : `   min ${min}, median ${median}, max ${max} ms`
  return `${replacements.length}, ${state}${paint('dim', range)}`
}

function drawOverlap(overlap: number, paint: Paint): string {
  return overlap === 0
    ? `${paint('green', '0 ms')} with two leaders at once`
    : paint(['red', 'bold'], `${figure(overlap)} ms with two leaders at once`)
}

const eventStyles = { kill: 'red', leader: 'green', member: 'none', note: 'cyan' } as const

function drawEvent(event: SessionEvent | undefined, paint: Paint): string {
  if (event === undefined) return ''
  return ` ${paint('dim', seconds(event.at).padStart(9))}  ${paint(eventStyles[event.kind], event.text)}`
}

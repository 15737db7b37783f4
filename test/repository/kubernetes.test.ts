// The manifest of examples/kubernetes fits together, and fits its program and the options of join().
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { resolveOptions } from '../../packages/oarlock/src/member/options.ts'
import { read } from './files.ts'

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}

const text = read('examples/kubernetes/oarlock.yaml')
const program = read('examples/kubernetes/src/server.ts')
const documents = parseAllDocuments(text)
// biome-ignore lint/suspicious/noExplicitAny: the shapes are those of Kubernetes
const resources: readonly any[] = documents.map((document) => document.toJS())
// biome-ignore lint/suspicious/noExplicitAny: as above
const the = (kind: string): any => resources.find((resource) => resource.kind === kind)

const service = the('Service')
const { metadata, spec } = the('StatefulSet')
const pod = spec.template.spec
const container: Container = pod.containers[0]
const variable = (name: string) => container.env.find((each) => each.name === name)?.value
const portOf = (name: string) => container.ports.find((port) => port.name === name)?.containerPort
const peers = variable('OARLOCK_PEERS')!
  .split(',')
  .map((peer) => peer.split('=') as [id: string, address: string])

it('the manifest is YAML without mistakes', () =>
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]))

it('everything selects the same pods', () => {
  const { labels } = spec.template.metadata
  expect(spec.selector.matchLabels).toEqual(labels)
  expect(service.spec.selector).toEqual(labels)
  expect(the('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
  const { podSelector, ingress } = the('NetworkPolicy').spec
  expect([podSelector, ingress[0].from[0].podSelector]).toEqual([
    { matchLabels: labels },
    { matchLabels: labels },
  ])
})

describe('the members', () => {
  it('are the pods, by their names in the headless service', () => {
    const ids = Array.from({ length: spec.replicas }, (_, ordinal) => `${metadata.name}-${ordinal}`)
    expect(spec.serviceName).toBe(service.metadata.name)
    expect(service.spec.clusterIP).toBe('None')
    expect(peers).toEqual(ids.map((id) => [id, `${id}.${service.metadata.name}:${portOf('oarlock')}`]))
  })
  it('find each other before they are ready, and all start at once', () => {
    expect(service.spec.publishNotReadyAddresses).toBe(true)
    expect(spec.podManagementPolicy).toBe('Parallel')
  })
  it('are never a minority by a drain', () =>
    expect(the('PodDisruptionBudget').spec.maxUnavailable).toBeLessThan(peers.length / 2))
  it('have options that join() accepts, and time to close', () => {
    const settings = resolveOptions({
      id: peers[0]![0],
      peers: Object.fromEntries(peers),
      listen: variable('OARLOCK_LISTEN')!,
      data: variable('OARLOCK_DATA')!,
    })
    expect(settings.listen).toBe(`:${portOf('oarlock')}`)
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(2 * settings.drainTimeout)
  })
  it('have their data on a volume that is kept', () => {
    const [mount] = container.volumeMounts
    expect(variable('OARLOCK_DATA')!.startsWith(`${mount!.mountPath}/`)).toBe(true)
    expect(spec.volumeClaimTemplates.map((claim: typeof service) => claim.metadata.name)).toEqual([
      mount!.name,
    ])
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' })
  })
})

it('the program reads the variables that the manifest sets, and answers its probes', () => {
  const used = [...program.matchAll(/process\.env\.(\w+)/g)].map(([, name]) => name!)
  expect(container.env.map(({ name }) => name).toSorted()).toEqual(used.toSorted())
  expect(variable('PORT')).toBe(`${portOf('http')}`)
  const { startupProbe, livenessProbe, readinessProbe } = container
  for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
    expect(httpGet.port).toBe('http')
    expect(program).toContain(`case '${httpGet.path}':`)
  }
})

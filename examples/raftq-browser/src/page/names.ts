// Names for tabs, so people can talk about them. The first word is also the colour of the tab on the page.

export const colours = ['amber', 'blue', 'coral', 'green', 'olive', 'pink', 'teal', 'violet'] as const
const animals = [
  'beaver',
  'coot',
  'crane',
  'dipper',
  'egret',
  'eider',
  'grebe',
  'heron',
  'ibis',
  'loon',
  'newt',
  'otter',
  'pike',
  'plover',
  'swan',
  'tern',
] as const

export type Colour = (typeof colours)[number]

export const colourOf = (name: string): Colour =>
  colours.find((colour) => name.startsWith(`${colour}-`)) ?? 'blue'

/** The name as people read it: 'teal heron'. */
export const spoken = (name: string): string => name.replaceAll('-', ' ')

/** A free name, in one of the least used colours. `random` is uniform in [0, 1). */
export function mintName(taken: readonly string[], random: () => number = Math.random): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const uses = (colour: Colour): number => taken.filter((name) => colourOf(name) === colour).length
  const fewest = Math.min(...colours.map(uses))
  const colour = pick(colours.filter((each) => uses(each) === fewest))
  const free = animals.map((animal) => `${colour}-${animal}`).filter((name) => !taken.includes(name))
  if (free.length > 0) return pick(free)
  for (let number = 2; ; number++) {
    const name = `${colour}-${pick(animals)}-${number}`
    if (!taken.includes(name)) return name
  }
}

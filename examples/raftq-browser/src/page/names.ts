// Names for tabs, so that one can talk about them. The first word is also the colour in which a tab is drawn.

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

/** As it is read: 'teal heron'. */
export const spoken = (name: string): string => name.replaceAll('-', ' ')

/** A name that is not taken, in a colour that as few others have as possible. `random` is uniform in [0, 1). */
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

/** Position2D and Position3D with their errors, and what 2.1 lets each number say of itself. */
import type { CoordinateAttributes, Position2D, Position3D } from '../model/voevent.ts'
import type { XmlElement } from './parse-xml.ts'
import { present } from './read-parts.ts'
import type { Often, Reading } from './reading.ts'
import { trimSpace } from './white-space.ts'

const axes = ['C1', 'C2', 'C3'] as const

export function position2D(reading: Reading, element: XmlElement): Position2D | undefined {
  const taken = reading.take(element, {
    attributes: ['unit'],
    children: { Name1: 'one', Name2: 'one', Value2: 'one', Error2Radius: 'one', Error2: 'one' },
  })
  const numbers = new Numbers(reading)
  const [c1, c2] = numbers.values(element, taken.first('Value2'), 2)
  const radiusElement = taken.first('Error2Radius')
  // Mandatory in 2.0 and often unknown: written as NaN then, and absent here.
  const radius = radiusElement && numbers.number(radiusElement, 'errorRadius')
  if (!radiusElement && reading.version === '2.0') reading.odd('VOE_MISSING', element, 'Error2Radius')
  const [error1, error2] = numbers.errors(taken.first('Error2'), 2)
  if (c1 === undefined || c2 === undefined) return undefined
  return present({
    unit: taken.attribute('unit'),
    name1: reading.text(taken.first('Name1')),
    name2: reading.text(taken.first('Name2')),
    c1,
    c2,
    errorRadius: radius !== undefined && Number.isNaN(radius) ? undefined : radius,
    error1,
    error2,
    attributes: numbers.attributes,
  }) as Position2D
}

export function position3D(reading: Reading, element: XmlElement): Position3D | undefined {
  const taken = reading.take(element, {
    attributes: ['unit'],
    children: { Name1: 'one', Name2: 'one', Name3: 'one', Value3: 'one', Error3: 'one' },
  })
  const numbers = new Numbers(reading)
  const [c1, c2, c3] = numbers.values(element, taken.first('Value3'), 3)
  const [error1, error2, error3] = numbers.errors(taken.first('Error3'), 3)
  if (c1 === undefined || c2 === undefined || c3 === undefined) return undefined
  return present({
    unit: taken.attribute('unit'),
    name1: reading.text(taken.first('Name1')),
    name2: reading.text(taken.first('Name2')),
    name3: reading.text(taken.first('Name3')),
    c1,
    c2,
    c3,
    error1,
    error2,
    error3,
    attributes: numbers.attributes,
  }) as Position3D
}

/** The numbers of one position. */
class Numbers {
  readonly #reading: Reading
  #said: CoordinateAttributes[] | undefined
  constructor(reading: Reading) {
    this.#reading = reading
  }

  /** What the numbers that were read say of themselves, in the order of reading. */
  get attributes(): readonly CoordinateAttributes[] | undefined {
    return this.#said
  }

  /** C1, C2, C3: a position without all of its numbers is none. */
  values(position: XmlElement, value: XmlElement | undefined, count: number): (number | undefined)[] {
    const reading = this.#reading
    if (!value) {
      reading.odd('VOE_POSITION', position, 'It has no value.')
      return []
    }
    const names = axes.slice(0, count)
    const taken = reading.take(value, {
      children: Object.fromEntries(names.map((name): [string, Often] => [name, 'one'])),
    })
    // Packets before 2.0 may give a list of numbers (STC 1.3) in place of C1 and C2.
    const list = taken.stray?.split(/[ \t\n]+/).map(Number)
    if (list?.length === count && list.every(Number.isFinite) && !taken.first('C1')) return list
    return names.map((name, i) => {
      const element = taken.first(name)
      if (element) return this.number(element, `c${i + 1}`)
      reading.odd('VOE_POSITION', value, `${name} is missing.`)
      return undefined
    })
  }

  /** C1, C2, C3 of an Error2 or Error3. */
  errors(element: XmlElement | undefined, count: number): (number | undefined)[] {
    if (!element) return []
    this.#reading.later(element)
    const names = axes.slice(0, count)
    const taken = this.#reading.take(element, {
      children: Object.fromEntries(names.map((name): [string, Often] => [name, 'one'])),
    })
    return names.map((name, i) => {
      const error = taken.first(name)
      return error && this.number(error, `error${i + 1}`)
    })
  }

  number(element: XmlElement, of: string): number | undefined {
    const taken = this.#reading.take(element, { attributes: ['ucd', 'pos_unit'], text: true })
    const [ucd, unit] = [taken.attribute('ucd'), taken.attribute('pos_unit')]
    if (ucd !== undefined || unit !== undefined) {
      this.#reading.later(element, 'ucd, pos_unit')
      this.#said = [...(this.#said ?? []), present({ of, ucd, unit }) as CoordinateAttributes]
    }
    return this.#reading.float(element, trimSpace(element.text))
  }
}

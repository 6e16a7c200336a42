/** Positions as 2.0 and 2.1 hold them: a radius for what the draft says of the error. */
import type {
  CoordinateAttributes,
  ErrorEllipse,
  Position2D,
  Position3D,
  PositionCovariance,
} from '../model/voevent.ts'
import { type Account, without } from './account.ts'

/** What an error in degrees is in another unit of angle. */
const unitsPerDeg: ReadonlyMap<string, number> = new Map([
  ['deg', 1],
  ['degrees', 1],
  ['arcmin', 60],
  ['arcsec', 3600],
  ['mas', 3_600_000],
  ['rad', Math.PI / 180],
])

export function lowerPosition2D(given: Position2D, path: string, to: '2.1' | '2.0', account: Account): Position2D {
  let position: Position2D = given
  if (Number.isNaN(position.errorRadius)) {
    account.note('approximated', `${path}.errorRadius`, 'NaN is an absent radius')
    position = without(position, 'errorRadius')
  }
  if (position.ellipse || position.covariance) position = draftErrors(position, path, account)
  if (to === '2.0' && (position.error1 !== undefined || position.error2 !== undefined)) {
    position = axisErrors(position, path, account)
  }
  return lowerAttributes(position, path, to, account)
}

function draftErrors(position: Position2D, path: string, account: Account): Position2D {
  const { ellipse, covariance, ...rest } = position
  const perDeg = position.unit === undefined ? 1 : unitsPerDeg.get(position.unit.trim())
  const sigmas = {
    ...(covariance ? { covariance: covarianceSigma(covariance) } : {}),
    ...(ellipse ? { ellipse: ellipseSigma(ellipse) } : {}),
  }
  // The covariance is the finer of the two.
  const [taken, sigmaDeg] = Object.entries(sigmas).find(([, each]) => Number.isFinite(each) && each > 0) ?? []
  const isRadius = rest.errorRadius === undefined && sigmaDeg !== undefined && perDeg !== undefined
  const stays = rest.errorRadius !== undefined ? 'the error radius stays' : 'no radius follows'
  for (const name of ['ellipse', 'covariance']) {
    if (!Object.hasOwn(sigmas, name)) continue
    const at = `${path}.${name}`
    if (isRadius && name === taken) account.note('approximated', at, 'is an error radius of its larger axis')
    else account.note('dropped', at, isRadius ? `the error radius is that of the ${taken}` : stays)
  }
  return isRadius ? { ...rest, errorRadius: sigmaDeg * perDeg } : rest
}

/** One sigma along the larger axis, in degrees: in two dimensions `confidence` lies within sqrt(-2 ln(1 - confidence)) sigmas. */
function ellipseSigma({ semiMajorDeg, semiMinorDeg, confidence }: ErrorEllipse): number {
  const sigmas = confidence === undefined ? 1 : Math.sqrt(-2 * Math.log(1 - confidence))
  return Math.max(semiMajorDeg, semiMinorDeg) / sigmas
}

/** Square root of the larger eigenvalue, in degrees. */
function covarianceSigma({ c1c1Deg2, c1c2Deg2, c2c2Deg2 }: PositionCovariance): number {
  return Math.sqrt((c1c1Deg2 + c2c2Deg2) / 2 + Math.hypot((c1c1Deg2 - c2c2Deg2) / 2, c1c2Deg2))
}

function axisErrors(position: Position2D, path: string, account: Account): Position2D {
  const { error1, error2, ...rest } = position
  const larger = Math.max(error1 ?? 0, error2 ?? 0)
  const isRadius = rest.errorRadius === undefined && Number.isFinite(larger) && larger > 0
  for (const name of ['error1', 'error2'] as const) {
    if (position[name] === undefined) continue
    if (isRadius) account.note('approximated', `${path}.${name}`, 'the larger error is an error radius')
    else account.note('dropped', `${path}.${name}`, 'the error radius stays')
  }
  return isRadius ? { ...rest, errorRadius: larger } : rest
}

export function lowerPosition3D(given: Position3D, path: string, to: '2.1' | '2.0', account: Account): Position3D {
  if (to === '2.1') return lowerAttributes(given, path, to, account)
  for (const name of ['error1', 'error2', 'error3'] as const) {
    if (given[name] !== undefined) account.note('dropped', `${path}.${name}`, '2.0 has no errors of a Position3D')
  }
  return lowerAttributes(without(given, 'error1', 'error2', 'error3'), path, to, account)
}

const numbersOf = ['c1', 'c2', 'c3', 'errorRadius', 'error1', 'error2', 'error3']

/** 2.1 has attributes on the numbers that are there, each once, in the order in which the numbers stand; 2.0 has none. */
function lowerAttributes<T extends Position2D | Position3D>(
  position: T,
  path: string,
  to: '2.1' | '2.0',
  account: Account,
): T {
  if (!position.attributes) return position
  const kept = new Map<string, CoordinateAttributes>()
  for (const [i, each] of position.attributes.entries()) {
    const isNumber =
      numbersOf.includes(each.of) && (position as unknown as Record<string, unknown>)[each.of] !== undefined
    if (to === '2.1' && isNumber && !kept.has(each.of) && (each.ucd ?? each.unit) !== undefined) kept.set(each.of, each)
    else
      account.note(
        'dropped',
        `${path}.attributes[${i}]`,
        to === '2.0' ? `2.0 has no place for ${saidBy(each)}` : 'it stands on no number',
      )
  }
  const attributes = numbersOf.flatMap((of) => kept.get(of) ?? [])
  const { attributes: _, ...rest } = position
  return (attributes.length > 0 ? { ...rest, attributes } : rest) as T
}

function saidBy({ of, unit, ucd }: CoordinateAttributes): string {
  const said = [unit === undefined ? [] : `the unit ${unit}`, ucd === undefined ? [] : `the UCD ${ucd}`].flat()
  return said.length > 0 ? `${said.join(' and ')} of ${of}` : `attributes of ${of}`
}

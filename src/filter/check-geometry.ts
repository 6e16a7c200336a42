/** ADQL's geometry, ADQL 2.1 §4.2: POINT, CIRCLE, CONTAINS and DISTANCE, all in ICRS and degrees. */
import type { Circle, ContainsExpression, Expression, Point } from './ast.ts'
import type { Span } from './place.ts'
import type { Scope } from './scope.ts'
import type { Syntax } from './syntax.ts'

type Call = Extract<Syntax, { kind: 'call' }>
type CheckNumber = (syntax: Syntax) => Expression
/** What geometry needs of a scope. */
type GeometryScope = Pick<Scope<never>, 'fault'> & { cost: number }

export function checkContains(call: Call, scope: GeometryScope, number: CheckNumber): ContainsExpression {
  const [point, circle] = call.args
  if (call.args.length !== 2 || !isCall(point, 'POINT') || !isCall(circle, 'CIRCLE')) {
    const wrong = call.args.length !== 2 ? call : isCall(point, 'POINT') ? circle! : point!
    throw fault(scope, wrong, 'CONTAINS takes a POINT and a CIRCLE: CONTAINS(POINT(ra, dec), CIRCLE(150.1, 2.2, 1.0))')
  }
  scope.cost += 10
  return {
    kind: 'contains',
    type: 'integer',
    point: checkPoint(point, scope, number),
    circle: checkCircle(circle, scope, number),
  }
}

export function checkDistance(call: Call, scope: GeometryScope, number: CheckNumber): Expression {
  const { args } = call
  scope.cost += 10
  const [from, to] = args
  if (args.length === 2 && isCall(from, 'POINT') && isCall(to, 'POINT')) {
    const [start, end] = [checkPoint(from, scope, number), checkPoint(to, scope, number)]
    return { kind: 'distance', type: 'number', from: start, to: end }
  }
  if (args.length !== 4) {
    throw fault(scope, call, 'DISTANCE takes two POINTs, or four numbers: DISTANCE(ra1, dec1, ra2, dec2)')
  }
  const [start, end] = [position(args.slice(0, 2), scope, number), position(args.slice(2), scope, number)]
  return { kind: 'distance', type: 'number', from: start, to: end }
}

function isCall(syntax: Syntax | undefined, name: string): syntax is Call {
  return syntax?.kind === 'call' && syntax.name.text.toUpperCase() === name
}

function fault(scope: GeometryScope, span: Span, message: string) {
  return scope.fault('FILTER_TYPE', span, message)
}

function checkPoint(call: Call, scope: GeometryScope, number: CheckNumber): Point {
  const args = withoutFrame(call, scope)
  if (args.length !== 2) throw fault(scope, call, 'POINT takes two numbers in degrees: POINT(ra, dec)')
  return position(args, scope, number)
}

/** CIRCLE(lon, lat, radius), or CIRCLE(POINT(lon, lat), radius) as ADQL 2.1 added it. */
function checkCircle(call: Call, scope: GeometryScope, number: CheckNumber): Circle {
  const args = withoutFrame(call, scope)
  const [first] = args
  const center = args.length === 2 && isCall(first, 'POINT') ? checkPoint(first, scope, number) : undefined
  if (center === undefined && args.length !== 3) {
    throw fault(scope, call, 'CIRCLE takes three numbers in degrees: CIRCLE(ra, dec, radius)')
  }
  const radiusSyntax = args.at(-1)!
  const radius = number(radiusSyntax)
  inRange(radius, 0, 180, scope, radiusSyntax, 'a radius is 0 to 180 degrees')
  return { center: center ?? position(args.slice(0, 2), scope, number), radius }
}

function position(args: readonly Syntax[], scope: GeometryScope, number: CheckNumber): Point {
  const [lon, lat] = args as [Syntax, Syntax]
  const point = { lon: number(lon), lat: number(lat) }
  inRange(point.lat, -90, 90, scope, lat, 'a declination is -90 to 90 degrees; the right ascension stands before it')
  return point
}

function inRange(value: Expression, low: number, high: number, scope: GeometryScope, span: Span, message: string) {
  if (value.kind !== 'literal' || (Number(value.value) >= low && Number(value.value) <= high)) return
  throw scope.fault('FILTER_VALUE', span, message)
}

/** Drops the coordinate system that ADQL 2.0 asked for as a first argument: only ICRS is there. */
function withoutFrame(call: Call, scope: GeometryScope): readonly Syntax[] {
  const [first, ...rest] = call.args
  if (first?.kind !== 'text') return call.args
  if (/^\s*$|^\s*ICRS\b/i.test(first.value)) return rest
  const message = `the coordinate system '${first.value.slice(0, 40)}' is not supported, only 'ICRS' is`
  throw scope.fault('FILTER_NOT_SUPPORTED', first, message)
}

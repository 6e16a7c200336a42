import { globSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import * as yaml from 'yaml'
import { hider, loadConfig, parseConfig, withEnvironment } from '../src/config.ts'
import { FountainError } from '../src/errors.ts'
import { type Kinds, loadKinds } from '../src/wiring/kinds.ts'
import { planOf } from '../src/wiring/plan-of.ts'

let kinds: Kinds
beforeAll(async () => {
  kinds = await loadKinds()
})
const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, kinds.schemas, env)
function fault(text: string, env: Record<string, string> = {}): FountainError {
  try {
    parse(text, env)
  } catch (error) {
    if (error instanceof FountainError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('documents', () => {
  /** Every YAML block that is a whole configuration, or whose top keys are ones of it. */
  const blocks = ['README.md', ...globSync(['docs/**/*.md', 'bridges/**/*.md'])].flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
      .map(([, text = '']) => ({ path, text }))
      .filter(({ text }) =>
        /^(authority|sources|streams|subscriptions|bridges|who|http|archive|data|log):/m.test(text),
      ),
  )

  it.each(blocks)('the example in $path is a configuration: $text', ({ path, text }) => {
    const env = Object.fromEntries(
      [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'xoxb-swordfish-swordfish']),
    )
    // A part is completed by what its page showed before, and else by what it speaks of.
    const page = blocks.filter((block) => block.path === path)
    const before = page.slice(
      0,
      page.findIndex((block) => block.text === text),
    )
    const whole = Object.assign(
      {
        authority: 'my.observatory',
        streams: { 'young-and-bright': { filter: 'mag < 20', title: 'Young and bright' } },
      },
      ...[...before, { text }].map((block) => yaml.parse(block.text.replaceAll(':PORT', ':9092')) as object),
    ) as object
    const { config } = parse(yaml.stringify(whole), env)
    expect(planOf(config, '.', kinds).store.filters.length).toBeGreaterThan(0)
  })

  it('has an example in the README', () => {
    expect(blocks.map(({ path }) => path)).toContain('README.md')
  })

  it('lists every key in docs/reference/configuration.md', async () => {
    const { pages } = await import('../scripts/docs.ts')
    const page = readFileSync('docs/reference/configuration.md', 'utf8')
    expect((await pages()).get('docs/reference/configuration.md')).toBe(page)
    for (const key of [
      'authority',
      'sources.NAME(kafka).sasl.password',
      'archive.keep',
      'http.listen',
      'subscriptions[].maxPerHour',
      'smtp',
      'subscribe',
    ])
      expect(page).toContain(`| \`${key}\` |`)
  })
})

describe('a configuration', () => {
  it('needs nothing but an authority', () => {
    const { config, secrets } = parse('authority: my.observatory')
    expect(config).toMatchObject({ data: './data', archive: { keep: 'matched' }, http: { listen: '127.0.0.1:8080' } })
    expect(secrets).toEqual([])
    expect(fault('').message).toContain('authority')
  })

  it('takes values from the environment, and remembers them as secrets', () => {
    const { config, secrets } = parse('authority: "${A}.observatory"\ndata: "/${B}/${A}"', { A: 'my', B: 'x' })
    expect([config.authority, config.data]).toEqual(['my.observatory', '/x/my'])
    expect(secrets).toEqual(['my', 'x', 'my'])
    expect(fault('authority: "${NONE}"').code).toBe('CONFIG_SECRET_MISSING')
    expect(fault('authority: "${EMPTY}"', { EMPTY: '' }).code).toBe('CONFIG_SECRET_MISSING')
    expect(withEnvironment('a $B {C} $${D}', { D: 'd' })).toBe('a $B {C} $d')
  })

  it('does not say what came from the environment, also where it is wrong', () => {
    const { message } = fault('authority: my.observatory\nsubscriptions: [{ stream: "${A}", to: "${A}" }]', {
      A: 'swordfish',
    })
    expect(message).toContain("no stream '[secret]'")
    expect(message).not.toContain('swordfish')
  })

  it.each([
    ['authority: a', /authority \(line 1\): must be an IVOA authority/],
    ['authority: my.observatory\n\nhttp:\n  listen: everywhere', /http\.listen \(line 4\): must be host:port/],
    ['authority: my.observatory\nsources: { k: { kind: kafka } }', /sources\.k\.brokers.*\n.*sources\.k\.topics/],
    ['authority: my.observatory\nsources: { k: { kind: kafak } }', /sources\.k\.kind \(line 2\): .*kafka/],
    [
      'authority: my.observatory\nsources: { k: { kind: files, survey: lsst, paths: [.], topic: t } }',
      /sources\.k\.topic \(line 2\): unknown key/,
    ],
    [
      'authority: my.observatory\nsubscriptions: [{ to: email }]',
      /subscriptions\.0.*needs either `stream` or `filter`/,
    ],
    [
      'authority: my.observatory\nbridges: { mail: { kind: emial } }',
      /bridges\.mail \(line 2\): no bridge of kind 'emial': did you mean 'email'\?/,
    ],
    ['authority: my.observatory\nbridges: { Email: {} }', /bridges\.Email/],
    ['[1, 2]', /\(top\)/],
    ['text', /\(top\)/],
  ])('%j is refused with the place', (text, words) => {
    const error = fault(text)
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toMatch(words)
  })

  it('takes several instances of one kind, in order', () => {
    const mail = '{ kind: email, smtp: "smtp://localhost", from: a@example.org }'
    const { config } = parse(`authority: my.observatory\nbridges: { night: ${mail}, day: ${mail} }`)
    expect(config.bridges.map(({ name, kind }) => [name, kind])).toEqual([
      ['night', 'email'],
      ['day', 'email'],
    ])
  })

  it('that is no YAML says the line, one that is no file says the path', () => {
    expect(fault('authority: my.observatory\nwho: [').code).toBe('CONFIG_SYNTAX')
    expect(fault('authority: my.observatory\nwho: [').message).toMatch(/line 2|line 3/)
    expect(() => loadConfig('no/such.yaml', kinds.schemas, {})).toThrow(/no\/such\.yaml/)
  })
})

it('hides nothing where there is nothing to hide', () => {
  expect(hider([])('as it is')).toBe('as it is')
  expect(hider(['a b'])('a b, a%20b')).toBe('[secret], [secret]')
})

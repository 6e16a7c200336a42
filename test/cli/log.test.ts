import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeLog } from '../../src/cli/log.ts'

function logged(secrets: readonly string[], human: boolean, write: (log: ReturnType<typeof makeLog>) => void): string {
  let text = ''
  write(
    makeLog({
      level: 'info',
      secrets,
      human,
      write: (line) => {
        text += line
      },
    }),
  )
  return text
}

describe.each([
  ['JSON lines', false],
  ['lines for people', true],
])('the log in %s', (_, human) => {
  it('hides secrets in messages, fields, nested fields, keys, errors and child bindings', () => {
    const secret = 'pass"word\\1'
    const text = logged([secret], human, (log) => {
      log.info(
        { user: secret, deep: { list: [1, { [secret]: `smtp://u:${encodeURIComponent(secret)}@host` }] } },
        secret,
      )
      log.child({ bound: secret }).error({ err: new Error(`refused: ${secret}`) }, 'failed')
      log.debug({ secret }, 'too fine for this level')
    })
    expect(text.match(/\[secret\]/g)?.length).toBeGreaterThanOrEqual(6)
    expect(text).toContain('failed')
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
      expect(text).not.toContain(form)
  })

  it('hides all of a secret that holds another', () => {
    const text = logged(['abcd', 'abcdefgh'], human, (log) => log.info({}, 'it is abcdefgh'))
    expect(text).not.toMatch(/efgh/)
  })
})

it('stays JSON whatever a secret is made of', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (inner, value) => {
      const secret = `§${inner}§§`
      const text = logged([secret], false, (log) => log.info({ value, secret }, `it is ${secret}`))
      const line = JSON.parse(text) as { level: unknown; msg: string }
      expect(line.msg).toBe('it is [secret]')
    }),
  )
})

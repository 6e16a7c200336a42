/** Users, groups, tokens and addresses by the command, beside a running gateway and without one. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayHome, gatewayHome, startGatewayProcess } from '../gateway-process.ts'
import { type CliResult, fountain, jsonLines } from './run-cli.ts'

let home: GatewayHome
beforeEach(() => {
  home = gatewayHome({
    authority: 'fountain.test',
    bridges: { vtp: { submit: 0, subscribe: 0 } },
    http: { listen: '127.0.0.1:0' },
  })
})
afterEach(() => home.remove())

const run = (...args: string[]): Promise<CliResult> => fountain([...args, '-c', join(home.directory, 'fountain.yaml')])
const outcome = ({ code, stdout }: CliResult) => ({ code, stdout: stdout.trim() })

describe('without a running gateway', () => {
  it('users, groups and tokens are made, listed and ended', async () => {
    expect(outcome(await run('user', 'list'))).toEqual({ code: 0, stdout: 'no users' })
    expect((await run('user', 'add', 'ada', '--email', 'ada@example.org')).code).toBe(0)
    expect((await run('user', 'add', 'root', '--admin')).code).toBe(0)
    expect((await run('group', 'add', 'sn')).code).toBe(0)
    expect((await run('group', 'join', 'sn', 'ada')).code).toBe(0)
    expect(jsonLines(await run('user', 'list', '--json'))).toMatchObject([
      { name: 'ada', role: 'user', email: 'ada@example.org', groups: ['sn'] },
      { name: 'root', role: 'admin' },
    ])
    expect(outcome(await run('group', 'list'))).toEqual({ code: 0, stdout: expect.stringMatching(/^sn +ada$/) })

    const made = await run('user', 'token', 'ada', '--name', 'laptop', '--scope', 'read', 'filters', '--expires', '90d')
    expect(made.stdout).toMatch(/^fountain_[A-Za-z0-9_-]{43}\n$/)
    expect(made.stderr).toContain('shown once')
    const listed = await run('user', 'tokens')
    expect(listed.stdout).toMatch(/^ +1 ada +laptop +until 20\d\d-\d\d-\d\d +never used +read, filters\n$/)
    expect(listed.stdout).not.toContain(made.stdout.trim())
    expect((await run('user', 'revoke', '1')).code).toBe(0)
    expect((await run('user', 'tokens', 'ada')).stdout).toContain('revoked')
    const [all] = jsonLines(await run('user', 'token', 'root', '--json'))
    expect(all).toMatchObject({ scopes: ['read', 'filters', 'subscriptions', 'deliveries', 'drafts', 'admin'] })
    expect((await run('user', 'disable', 'ada')).code).toBe(0)
    expect((await run('user', 'list')).stdout).toMatch(/ada +disabled/)
  }, 120_000)

  it.each([
    [2, 'USAGE', ['user', 'add', 'a/b']],
    [1, 'NAME_TAKEN', ['user', 'add', 'operator']],
    [2, 'USAGE', ['user', 'add', 'ada', '--email', 'nowhere']],
    [1, 'NOT_FOUND', ['user', 'token', 'nobody']],
    [2, 'USAGE', ['user', 'token', 'ada', '--expires', 'soon']],
    [2, 'USAGE', ['user', 'token', 'ada', '--expires', '2020-01-01']],
    [2, 'USAGE', ['user', 'token', 'ada', '--scope', 'everything']],
    [1, 'NOT_FOUND', ['user', 'revoke', '7']],
    [1, 'NOT_FOUND', ['group', 'join', 'sn', 'ada']],
    [1, 'NOT_FOUND', ['addresses', 'release', 'email', 'ada@example.org']],
  ])('exit code %i and %s for %j', async (code, error, args) => {
    const result = await run(...args)
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toContain(error)
  })
})

describe('beside a running gateway', () => {
  it('they hold at once: a token works, is revoked, and works no more', async () => {
    const gateway = await startGatewayProcess(home)
    try {
      const me = async (token: string) =>
        (await fetch(`${gateway.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status
      expect((await run('user', 'add', 'ada')).code).toBe(0)
      const [made] = jsonLines<{ id: number; token: string }>(await run('user', 'token', 'ada', '--json'))
      const { id, token } = made ?? { id: 0, token: '' }
      expect(await me(token)).toBe(200)
      expect((await run('user', 'revoke', String(id))).code).toBe(0)
      expect(await me(token)).toBe(401)
      expect(gateway.log()).not.toContain(token)
      // The first token, shown at the start, is the user admin's.
      const admin = /admin token \(shown once, keep it\): (\S+)/.exec(gateway.log())?.[1] ?? ''
      const body = await fetch(`${gateway.url}/api/v1/me`, { headers: { authorization: `Bearer ${admin}` } })
      expect(await body.json()).toMatchObject({ user: 'admin', role: 'admin' })
      expect((await run('addresses', 'list')).stdout).toBe('no addresses\n')
    } finally {
      await gateway.stop()
    }
  }, 120_000)
})
